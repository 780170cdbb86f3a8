"""Look locked packages up in PyPI's list of known vulnerabilities, for the Makefile.

    python tools/audit.py PIP_AUDIT REQUIREMENTS...

Prints one line and exits with 0 if none of them is there. Otherwise says what is wrong on the
standard error, and exits with 1; with 2 if a package could not be looked up, for then nothing is
known: pip-audit alone would end with 0, or with a traceback.
"""

import subprocess
import sys

OPTIONS = ["--strict", "--disable-pip", "--require-hashes", "--progress-spinner=off"]


def main() -> int:
    """Run the pip-audit that the command names, and tell what came out."""
    pip_audit, *files = sys.argv[1:]
    command = [pip_audit, *OPTIONS, *(f"--requirement={file}" for file in files)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode == 0:
        print(f"No known vulnerability in {', '.join(files)}.")
        return 0
    if answer.stdout.strip():  # the table of what was found
        print(answer.stdout.strip(), file=sys.stderr)
        print("docs/security.md says in what time to replace them.", file=sys.stderr)
        return 1
    reason = (answer.stderr.strip().splitlines() or ["pip-audit failed"])[-1]
    print(f"The list of vulnerabilities could not be asked: {reason}", file=sys.stderr)
    print("So nothing is known of the packages.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Stopped.")
