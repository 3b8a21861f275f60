"""Clients in two languages are made of the document, compiled, and take a pot from its creation to its end."""

import os
import pathlib
import shutil
import subprocess
import sys
import traceback

import own_potd

HERE = pathlib.Path(__file__).resolve().parent / "clients"
TOOLS = own_potd.TREE / "build" / "contract"
NODE = TOOLS / "npm" / "node_modules"


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=300, **options)
    if done.returncode:
        raise AssertionError(f"{words}: {done.returncode}\n{done.stdout[-4000:]}")
    return done.stdout


def python(potd, document):
    generator = TOOLS / "venv" / "bin" / "openapi-python-client"
    if not generator.exists():
        return "skipped"
    made = potd.dir / "python"
    said = run(generator, "generate", "--path", document, "--config", HERE / "generator.yaml", "--meta", "none",
               "--output-path", made / "potd_client")
    assert "Unable to process" not in said, said
    run(TOOLS / "venv" / "bin" / "python", HERE / "life.py", potd.socket,
        env=dict(os.environ, PYTHONPATH=str(made), PYTHONDONTWRITEBYTECODE="1"))
    return "passed"


def typescript(potd, document):
    if not (NODE / "typescript").exists() or not shutil.which("node"):
        return "skipped"
    made = potd.dir / "typescript"
    made.mkdir()
    for name in ("life.ts", "tsconfig.json", "package.json"):
        shutil.copy(HERE / name, made)
    (made / "node_modules").symlink_to(NODE)
    run("node", NODE / "openapi-typescript" / "bin" / "cli.js", document, "--default-non-nullable=false", "-o", made / "potd.ts")
    run("node", NODE / "typescript" / "bin" / "tsc", "-p", made)
    run("node", made / "made" / "life.js", potd.socket, cwd=made)
    return "passed"


def main():
    own_potd.enter_own_machine()
    results = []
    with own_potd.OwnPotd() as potd:
        potd.expect(201, "POST", "/v1/bases", {"host": True})
        document = potd.dir / "openapi.json"
        document.write_bytes(potd.request("GET", "/openapi.json").body)
        for language in (python, typescript):
            try:
                result = language(potd, document)
            except (AssertionError, OSError, subprocess.TimeoutExpired):
                traceback.print_exc(file=sys.stdout)
                result = "failed"
            results.append(f"{result} {language.__name__}")
            print(results[-1], flush=True)
    folder = os.environ.get("POTD_TEST_RESULTS")
    if folder:
        pathlib.Path(folder, "contract_clients.cases").write_text("\n".join(results) + "\n")
    if any(each.startswith("failed") for each in results):
        return 1
    if all(each.startswith("skipped") for each in results):
        own_potd.skip("the generators are not installed: setup.sh deps fetches them from PyPI and npm")
    return 0


if __name__ == "__main__":
    sys.exit(main())
