"""The Flask extensions, made here once and bound to an application in `create_app`."""

from typing import TYPE_CHECKING, ClassVar

from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_moment import Moment
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect

from app.database import Base, Query
from app.smtp import Mail

try:
    from flask_bootstrap import Bootstrap5
except ImportError as error:
    # Flask-Bootstrap, which ended in 2017, installs files of the same name over Bootstrap-Flask's.
    raise ImportError(
        "Flask-Bootstrap has overwritten Bootstrap-Flask; run: pip uninstall --yes flask-bootstrap "
        "bootstrap-flask && pip install bootstrap-flask"
    ) from error

babel = Babel()
bootstrap = Bootstrap5()
csrf = CSRFProtect()
db = SQLAlchemy(model_class=Base, query_class=Query)
login_manager = LoginManager()
mail = Mail()
migrate = Migrate()
moment = Moment()

if TYPE_CHECKING:

    class Model(Base):
        """`db.Model`, which Flask-SQLAlchemy makes of Base as the program runs: mypy needs more."""

        __abstract__ = True
        query: ClassVar[Query]
else:
    Model = db.Model
