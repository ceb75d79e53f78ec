"""python -m headrace import: a pickled module or a TorchScript file, loaded by the user's own Python, becomes a file that nobody has
to trust."""
import argparse
import pathlib
import zipfile

from headrace._errors import HeadraceError
from headrace._export import export

DESCRIPTION = """\
Turns a pickled module (torch.save(model, FILE)) or a TorchScript archive into an exported program (.pt2) or an ONNX file.

Loading such a file runs code that is in it, with your rights: that is why the headrace program never does, and why this command
wants --trust. Do it once, with files of people you trust; deploy what it writes."""

EPILOG = """\
examples:
  python -m headrace import resnet50.pth --trust --input 2x3x224x224 -o resnet50.pt2
  python -m headrace import scripted.pt --trust --input 2x3x224x224 -o model.onnx
"""


def main(arguments):
    parser = argparse.ArgumentParser(prog="python -m headrace import", description=DESCRIPTION, epilog=EPILOG,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--trust", action="store_true", help="run the code that is in FILE")
    parser.add_argument("--input", action="append", type=_dims, default=[], metavar="DIMS", dest="inputs",
                        help="shape of an example input, such as 2x3x224x224; once per input (default: 2x3x224x224)")
    parser.add_argument("-o", "--output", type=pathlib.Path, metavar="OUT", help="a .pt2 or .onnx file (default: FILE with .pt2; of TorchScript with .onnx)")
    parser.add_argument("--fixed-batch", action="store_true", help="only the batch of the example inputs")
    args = parser.parse_args(arguments)
    if not args.trust:
        raise HeadraceError(f"{args.file}: loading it runs code that is in the file; if you trust it, say so: --trust")
    output = args.output or args.file.with_suffix(".onnx" if _is_torchscript(args.file) else ".pt2")
    print(import_trusted(args.file, output, args.inputs or [(2, 3, 224, 224)],
                         dynamic_batch=not args.fixed_batch))


def import_trusted(file, output, shapes, dynamic_batch=True):
    """Load the module that `file` holds, RUNNING CODE IN IT, and export it to `output`, checked. `shapes`: of random float32 examples.

    Returns an Export. Raises HeadraceError when the file holds no module, or the module cannot be exported.
    """
    import torch

    examples = tuple(torch.randn(shape) for shape in shapes)
    return export(_load(pathlib.Path(file)), examples, output, dynamic_batch=dynamic_batch)


def _dims(text):
    try:
        dims = tuple(int(part) for part in text.split("x"))
    except ValueError:
        dims = ()
    if not dims or min(dims) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no shape; write it like 2x3x224x224")
    return dims


def _load(file):
    import torch

    if not file.is_file():
        raise HeadraceError(f"{file}: there is no such file")
    try:
        found = torch.jit.load(file, map_location="cpu") if _is_torchscript(file) else torch.load(file, map_location="cpu",
                                                                                                  weights_only=False)
    except Exception as error:
        raise HeadraceError(f"{file}: torch cannot load it: {error}. A pickled module needs its class's source to be importable: run "
                            "this where the model was defined (PYTHONPATH)") from error
    if isinstance(found, torch.nn.Module):
        return found.float()
    if isinstance(found, dict):
        raise HeadraceError(f"{file}: it holds weights, not a module; the headrace program reads them itself, and needs no trust: "
                            f"headrace convert --graph MODEL.pt2 --weights {file.name}")
    raise HeadraceError(f"{file}: it holds a {type(found).__name__}, not a module")


def _is_torchscript(file):
    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return any(name.split("/")[-1] == "constants.pkl" for name in archive.namelist())
