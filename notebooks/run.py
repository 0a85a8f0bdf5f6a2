"""Run the notebooks in order, headless, in one profile, then typeset the report.

    python notebooks/run.py                    the laptop profile: notebooks/, figures/, report/ are written anew
    python notebooks/run.py --profile smoke    the same in build/smoke/, in minutes
    python notebooks/run.py 03                 only the notebooks whose names start with 03
    python notebooks/run.py --report-only      none of them
    python notebooks/run.py --synthetic face_synthetics    other synthetic faces, in build/face_synthetics/

Trainings are kept in runs/, so a second time is quick and an interrupted one goes on where it stopped.
"""

import argparse
import sys
import time
import tomllib
from pathlib import Path

import nbformat
import papermill
import typst
from papermill.exceptions import PapermillExecutionError

from flm.paths import atomic_path

HERE = Path(__file__).parent
ROOT = HERE.parent


def main() -> None:
    args = _arguments()
    profile = tomllib.loads((HERE / "profiles.toml").read_text()).get(args.profile, {})
    ours = args.profile == "laptop" and not args.synthetic
    build = Path("build") / (args.synthetic or args.profile)
    out = Path() if ours else build
    chosen = [] if args.report_only else sorted(HERE.glob(f"{args.only}*.ipynb"))
    if not chosen and not args.report_only:
        sys.exit(f"no notebook's name starts with {args.only}")
    for notebook in chosen:
        executed = ROOT / build / "notebooks" / notebook.name
        parameters = profile.get(notebook.stem, {}) | ({} if out == Path() else {"out": str(out)})
        if args.synthetic and "synthetic" in papermill.inspect_notebook(str(notebook)):
            parameters["synthetic"] = args.synthetic
        _run(notebook, executed, parameters, args.prepare_only)
        if ours and not args.prepare_only:
            _keep(executed, notebook)
    if not args.prepare_only:
        _typeset(out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("only", nargs="?", default="", help="first characters of the notebooks to run (default: all)")
    parser.add_argument("--profile", choices=["smoke", "laptop", "paper"], default="laptop")
    parser.add_argument("--synthetic", metavar="SET", help="synthetic training faces (default: ours, generated)")
    parser.add_argument("--prepare-only", action="store_true", help="write the notebooks with their parameters, unrun")
    parser.add_argument("--report-only", action="store_true", help="typeset what earlier runs left")
    return parser.parse_args()


def _run(source: Path, target: Path, parameters: dict, prepare_only: bool) -> None:
    start = time.time()
    target.parent.mkdir(parents=True, exist_ok=True)
    print(f"== {source.stem}", flush=True)
    try:
        papermill.execute_notebook(
            str(source),
            str(target),
            parameters,
            prepare_only=prepare_only,
            cwd=str(HERE),
            stdout_file=sys.stdout,
            stderr_file=sys.stderr,
            extra_arguments=["--log-level=ERROR"],  # of the kernel, which warns that it talks to us by TCP
        )
    except PapermillExecutionError as error:
        sys.exit(f"{source.name}: cell {error.exec_count} failed: {error.ename}: {error.evalue}")
    print(f"== {source.stem}: {(time.time() - start) / 60:.1f} min", flush=True)


def _keep(executed: Path, notebook: Path) -> None:
    """Put an executed notebook in the place of its source, without what differs from run to run."""
    content = nbformat.read(executed, nbformat.NO_CONVERT)
    content.metadata.pop("papermill", None)
    for cell in content.cells:
        for key in ("papermill", "execution", "trusted"):
            cell.metadata.pop(key, None)
    with atomic_path(notebook) as temporary:
        nbformat.write(content, temporary)


def _typeset(out: Path) -> None:
    results = ROOT / out / "report" / "results"
    if missing := [path.stem for path in sorted(HERE.glob("*.ipynb")) if not (results / f"{path.stem}.json").exists()]:
        print(f"== no report yet: {', '.join(missing)} not run")
        return
    pdf = ROOT / out / "report" / "report.pdf"
    inputs = {"out": f"/{out.as_posix()}" if out != Path() else ""}
    with atomic_path(pdf) as temporary:
        typst.compile(str(ROOT / "report" / "report.typ"), output=str(temporary), root=str(ROOT), sys_inputs=inputs)
    print(f"== {pdf.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
