"""The API's description as a page, from which a call can be tried."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from app.api.curl import make_curl
from app.api.data_types import list_fields, make_example
from app.api.description import PROBLEMS, TAGS, get_description
from app.api.operations import read_operations, to_json
from app.web.access import everybody

reference_pages = Blueprint("api_reference", __name__)
reference_pages.add_app_template_filter(make_curl, "curl")


@reference_pages.app_template_filter()
def plain(text: str) -> Markup:
    """Return a text for between two tags, where quotes stand as they are: JSON has many."""
    return Markup(str(escape(text)).replace("&#34;", '"'))  # noqa: S704


@reference_pages.route("/api")
@everybody
def show_reference() -> ResponseReturnValue:
    """Show what programs can do here, and by which requests."""
    document = get_description()
    operations = list(read_operations(document))
    schemas = document["components"]["schemas"]
    sent = {operation.body.name for operation in operations if operation.body}
    return render_template(
        "api/reference.html",
        base=document["servers"][0]["url"],
        groups={tag: [each for each in operations if each.tag == tag] for tag in TAGS},
        types={name: list_fields(each) for name, each in schemas.items() if name not in sent},
        problem=to_json(make_example(schemas["Problem"], schemas)),
        problems=PROBLEMS,
        of_every_request=set.intersection(*(set(each.problems) for each in operations)),
    )
