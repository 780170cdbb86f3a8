"""The Flask extensions, made here once and bound to an application in `create_app`."""

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
        "Flask-Bootstrap lies over Bootstrap-Flask; run: pip uninstall --yes flask-bootstrap "
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
