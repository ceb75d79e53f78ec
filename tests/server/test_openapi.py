"""The server against its own description: requests made from /openapi.json, well and ill formed, are answered as it says, never by a 5xx."""

import os
import subprocess
import sys

EXAMPLES = os.environ.get("HEADRACE_OPENAPI_EXAMPLES", "60")


def test_requests_made_from_the_description(server, tmp_path):
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"http://{server.http}/openapi.json", "--url", f"http://{server.http}"]
    command += ["--max-examples", EXAMPLES, "--seed", "7", "--no-color", "--request-timeout", "60", "--exclude-path-regex", "/(load|unload)$"]
    command += ["--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=1200, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-8000:]
    assert server.alive()
