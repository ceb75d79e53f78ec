"""headrace.export(): what it writes, what it checks, and what it leaves behind on failure."""
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

import headrace


class TwoInputs(nn.Module):
    def forward(self, image, mask):
        return image * mask, image.flatten(1).sum(1, keepdim=True)


class BakedBatch(nn.Module):
    def forward(self, x):
        return x.view(int(x.shape[0]), 3, 2) + 1  # int() makes tracing forget where the number came from


class Undecided(nn.Module):
    """Tracing takes the branch of the example; the other exporter refuses."""

    def forward(self, x):
        return torch.linalg.eigvals(x).real


def small():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 5))


def test_names_batch_and_opset(tmp_path):
    result = headrace.export(small(), torch.randn(2, 3, 8, 8), tmp_path / "m.onnx", ["picture"], ["scores"])
    model = onnx.load(tmp_path / "m.onnx")
    assert [value.name for value in model.graph.input] == ["picture"]
    assert [value.name for value in model.graph.output] == ["scores"]
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    assert model.opset_import[0].version == 18
    assert result.exporter == "torch.export"
    assert result.refused == {}
    assert result.max_relative_error < 1e-5
    assert "within" in str(result)


def test_names_come_from_forward_and_outputs_are_numbered(tmp_path):
    result = headrace.export(TwoInputs(), (torch.ones(1, 3), torch.ones(1, 3)), tmp_path / "m.onnx")
    assert result.input_names == ("image", "mask")
    assert result.output_names == ("output_0", "output_1")
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    assert [value.name for value in session.get_inputs()] == ["image", "mask"]


def test_fixed_batch_and_other_opset(tmp_path):
    headrace.export(small(), torch.randn(4, 3, 8, 8), tmp_path / "m.onnx", dynamic_batch=False, opset=13)
    model = onnx.load(tmp_path / "m.onnx")
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_value == 4
    assert model.opset_import[0].version == 13


def test_exports_in_evaluation_mode_and_restores_every_layers_mode(tmp_path):
    module = small().train()
    module[1].eval()  # a frozen normalisation stays frozen
    before = module[1].running_mean.clone()
    headrace.export(module, torch.randn(2, 3, 8, 8), tmp_path / "m.onnx")
    assert module.training and module[0].training and not module[1].training
    assert torch.equal(module[1].running_mean, before)


def test_batch_baked_in_is_found(tmp_path):
    with pytest.raises(headrace.HeadraceError, match="batch of 2 only"):
        headrace.export(BakedBatch(), torch.randn(2, 6), tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []
    assert headrace.export(BakedBatch(), torch.randn(2, 6), tmp_path / "m.onnx", dynamic_batch=False).path.exists()


class Undecidable(nn.Module):
    """A branch on a value: torch.export refuses it, tracing bakes the example's way in, which is right here."""

    def forward(self, x):
        return x * 2 if x.shape[1] == 6 and float(x.abs().sum()) >= 0 else x


def test_the_next_exporter_is_tried_and_the_reason_said(tmp_path):
    result = headrace.export(Undecidable(), torch.randn(2, 6), tmp_path / "m.onnx")
    assert result.exporter == "torchscript"
    assert list(result.refused) == ["torch.export"]
    assert "not by torch.export: " in str(result)
    assert onnx.load(tmp_path / "m.onnx").opset_import[0].version == 17


def test_one_example_still_gives_a_free_batch(tmp_path):
    result = headrace.export(small(), torch.randn(1, 3, 8, 8), tmp_path / "m.onnx")
    assert result.exporter == "torch.export"
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    assert session.run(None, {"input": torch.randn(3, 3, 8, 8).numpy()})[0].shape == (3, 5)


def test_an_archive_of_torch_export_is_checked_and_kept(tmp_path):
    result = headrace.export(small(), torch.randn(2, 3, 8, 8), tmp_path / "m.pt2")
    assert [path.name for path in tmp_path.iterdir()] == ["m.pt2"]
    assert result.max_relative_error < 1e-5
    assert torch.export.load(tmp_path / "m.pt2") is not None


def test_real_inputs_are_checked_as_well(tmp_path):
    class Unlucky(nn.Module):
        def forward(self, x):
            return x * 2 if float(x.max()) < 100 else x

    with pytest.raises(headrace.HeadraceError, match="computes something else"):
        headrace.export(Unlucky(), torch.randn(2, 6), tmp_path / "m.onnx", check_inputs=[torch.full((2, 6), 200.0)])


def test_wrong_numerics_are_found(tmp_path):
    class Drifting(nn.Module):
        calls = 0

        def forward(self, x):
            Drifting.calls += 1
            return x * float(Drifting.calls)

    with pytest.raises(headrace.HeadraceError, match="computes something else"):
        headrace.export(Drifting(), torch.randn(2, 6), tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_exported_says_so_and_leaves_the_old_file(tmp_path):
    (tmp_path / "m.onnx").write_text("old")
    with pytest.raises(headrace.HeadraceError, match="cannot export the module|no exporter of torch"):
        headrace.export(Undecided(), torch.randn(2, 3, 3), tmp_path / "m.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["m.onnx"]
    assert (tmp_path / "m.onnx").read_text() == "old"


@pytest.mark.parametrize("names, message", [(dict(input_names=["a", "b"]), "input_names has 2 names"),
                                            (dict(output_names=["a", "b"]), "output_names has 2 names")])
def test_wrong_number_of_names(tmp_path, names, message):
    with pytest.raises(headrace.HeadraceError, match=message):
        headrace.export(small(), torch.randn(2, 3, 8, 8), tmp_path / "m.onnx", **names)
