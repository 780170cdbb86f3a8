"""The greeter, the public profile, and the error pages of the whole site."""

from flask import Blueprint
from flask.sansio.blueprints import BlueprintSetupState

from app.main.converters import NameConverter

main = Blueprint("main", __name__)


@main.record_once
def _know_names_in_addresses(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["name"] = NameConverter


from app.main import errors, views  # noqa: E402, F401  # they register themselves with `main`
