"""Small modules, one per operator of PyTorch or per way to call it, for test_pt2.py.

A case is (name, what to run, inputs at batch 2, dynamic axes). `what` is a module or a function of the inputs; an axis is an index, or a
dict {axis: name}. The default is a dynamic axis 0 of every input.
"""
import torch
import torch.nn.functional as F
from torch import nn
from torch.ao.quantization.fx import _decomposed  # noqa: F401, registers the quantised operators

torch.manual_seed(0)
rand, randn, randint = torch.rand, torch.randn, torch.randint


class Ones(nn.Module):
    """What computes with a parameter of that shape."""

    def __init__(self, function, *shape):
        super().__init__()
        self.weight, self.function = nn.Parameter(torch.randn(*shape)), function

    def forward(self, *inputs):
        return self.function(*inputs, self.weight)


def with_statistics(norm):
    """A normalisation with statistics as training would leave them."""
    for name in ("running_mean", "weight", "bias"):
        if getattr(norm, name, None) is not None:
            getattr(norm, name).data.normal_()
    if getattr(norm, "running_var", None) is not None:
        norm.running_var.uniform_(0.5, 1.5)
    return norm


def image(channels=8, size=8):
    return (randn(2, channels, size, size),)


def row(features=12):
    return (randn(2, features),)


def sequence(length=6, features=12):
    return (randn(2, length, features),)


def whole(*shape, high=9):
    return (randint(-high, high, (2, *shape)),)


CASES = []


def case(name, what, inputs, dynamic=0):
    CASES.append((name, what, inputs, dynamic))


# Convolutions.
case("conv1d", nn.Conv1d(8, 6, 3, 2, 1), (randn(2, 8, 11),))
case("conv2d", nn.Conv2d(8, 6, 3, 2, 1), image())
case("conv2d_no_bias_asymmetric", nn.Conv2d(8, 6, (3, 1), (1, 2), (1, 0), bias=False), image())
case("conv2d_dilated_grouped", nn.Conv2d(8, 8, 3, 1, 2, 2, groups=4), image())
case("conv2d_depthwise", nn.Conv2d(8, 16, 5, 1, 2, groups=8), image())
case("conv2d_same", nn.Conv2d(8, 6, 4, padding="same"), image())
case("conv2d_valid", nn.Conv2d(8, 6, 3, padding="valid"), image())
case("conv2d_reflect", nn.Conv2d(8, 6, 3, padding=1, padding_mode="reflect"), image())
case("conv2d_circular", nn.Conv2d(8, 6, 3, padding=1, padding_mode="circular"), image())
case("conv3d", nn.Conv3d(4, 6, 3, padding=1), (randn(2, 4, 5, 6, 7),))
case("conv_transpose1d", nn.ConvTranspose1d(8, 6, 4, 2, 1), (randn(2, 8, 7),))
case("conv_transpose2d", nn.ConvTranspose2d(8, 6, 3, 2, 1, output_padding=1), image())
case("conv_transpose2d_grouped", nn.ConvTranspose2d(8, 6, 2, 2, groups=2, bias=False), image())
case("conv2d_dynamic_space", nn.Conv2d(8, 6, 3, 2, 1), image(), {0: "n", 2: "h", 3: "w"})
case("conv2d_weights_by_sample", lambda x, w: F.conv2d(x.reshape(1, -1, 8, 8), w.reshape(-1, 8, 3, 3), padding=1, groups=x.shape[0]).view(-1, 5, 8, 8),
     (randn(2, 8, 8, 8), randn(2, 5 * 8 * 9)))
# Normalisations.
case("batch_norm1d", with_statistics(nn.BatchNorm1d(12)), row())
case("batch_norm2d", with_statistics(nn.BatchNorm2d(8)), image())
case("batch_norm3d", with_statistics(nn.BatchNorm3d(4)), (randn(2, 4, 3, 4, 5),))
case("batch_norm_plain", with_statistics(nn.BatchNorm2d(8, affine=False)), image())
case("batch_norm_of_weights", Ones(lambda x, w: F.conv2d(x, F.batch_norm(w.reshape(1, 6, -1), None, None, training=True).reshape_as(w)), 6, 8, 3, 3), image())
case("layer_norm", with_statistics(nn.LayerNorm(12)), sequence())
case("layer_norm_two_axes", nn.LayerNorm([6, 12]), sequence())
case("layer_norm_plain", nn.LayerNorm(12, elementwise_affine=False), sequence())
case("layer_norm_channels", lambda x: F.layer_norm(x.permute(0, 2, 3, 1), (8,)).permute(0, 3, 1, 2), image())
case("group_norm", with_statistics(nn.GroupNorm(4, 8)), image())
case("group_norm_one", nn.GroupNorm(1, 8), image())
case("group_norm_dynamic_space", nn.GroupNorm(2, 8), image(), {0: "n", 2: "h", 3: "w"})
case("instance_norm", nn.InstanceNorm2d(8, affine=True), image())
case("instance_norm_plain", nn.InstanceNorm2d(8), image())
case("rms_norm", with_statistics(nn.RMSNorm(12)), sequence())
case("normalize", lambda x: F.normalize(x, dim=1), image())
case("local_response_norm", nn.LocalResponseNorm(3), image())
# Pools.
case("max_pool1d", nn.MaxPool1d(3, 2), (randn(2, 8, 11),))
case("max_pool2d", nn.MaxPool2d(3, 2, 1), image())
case("max_pool2d_ceil", nn.MaxPool2d(3, 2, ceil_mode=True), image())
case("max_pool2d_ceil_padded", nn.MaxPool2d(2, 2, 1, ceil_mode=True), image(8, 7))
case("max_pool2d_dilated", nn.MaxPool2d(3, 1, 1, dilation=2), image())
case("max_pool3d", nn.MaxPool3d(2), (randn(2, 4, 4, 6, 8),))
case("avg_pool1d", nn.AvgPool1d(3, 2), (randn(2, 8, 11),))
case("avg_pool2d", nn.AvgPool2d(3, 2, 1), image())
case("avg_pool2d_without_padding", nn.AvgPool2d(3, 2, 1, count_include_pad=False), image())
case("avg_pool2d_ceil", nn.AvgPool2d(3, 2, ceil_mode=True), image())
case("avg_pool2d_ceil_padded", nn.AvgPool2d(3, 2, 1, ceil_mode=True), image(8, 8))
case("avg_pool2d_ceil_without_padding", nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False), image(8, 7))
case("avg_pool2d_divisor", nn.AvgPool2d(2, divisor_override=3), image())
case("avg_pool3d", nn.AvgPool3d(2), (randn(2, 4, 4, 6, 8),))
case("adaptive_avg_pool1d", nn.AdaptiveAvgPool1d(1), (randn(2, 8, 11),))
case("adaptive_avg_pool2d_one", nn.AdaptiveAvgPool2d(1), image())
case("adaptive_avg_pool2d_divisible", nn.AdaptiveAvgPool2d(4), image())
case("adaptive_avg_pool2d_indivisible", nn.AdaptiveAvgPool2d((3, 5)), image())
case("adaptive_avg_pool2d_one_axis", nn.AdaptiveAvgPool2d((None, 1)), image())
case("adaptive_avg_pool2d_dynamic_space", nn.AdaptiveAvgPool2d(1), image(), {0: "n", 2: "h", 3: "w"})
case("adaptive_max_pool2d_one", nn.AdaptiveMaxPool2d(1), image())
case("adaptive_max_pool2d_indivisible", nn.AdaptiveMaxPool2d((3, 5)), image())
case("lp_pool2d", nn.LPPool2d(2, 2), image())
# Activations.
for activation in (nn.ReLU(), nn.ReLU6(), nn.Sigmoid(), nn.Tanh(), nn.SiLU(), nn.GELU(), nn.GELU("tanh"), nn.LeakyReLU(0.2), nn.ELU(0.7), nn.SELU(),
                   nn.CELU(1.3), nn.Hardtanh(-0.5, 0.7), nn.Hardswish(), nn.Hardsigmoid(), nn.Mish(), nn.Softplus(), nn.Softplus(2, 3), nn.Softsign(),
                   nn.Hardshrink(), nn.Softshrink(0.3), nn.Tanhshrink(), nn.Threshold(0.1, -2), nn.LogSigmoid(), nn.PReLU(), nn.PReLU(8), nn.RReLU(),
                   nn.GLU(1), nn.Softmax(1), nn.Softmin(1), nn.LogSoftmax(1), nn.Softmax2d()):
    case(str(activation), activation, image())
for activation in (nn.ReLU(True), nn.SiLU(True), nn.Hardswish(True), nn.ReLU6(True), nn.LeakyReLU(0.1, True), nn.ELU(1.0, True)):
    case(f"{activation}_in_place", nn.Sequential(nn.Conv2d(8, 8, 1), activation, nn.Conv2d(8, 8, 1)), image())
case("dropout", nn.Sequential(nn.Linear(12, 12), nn.Dropout(0.5), nn.Linear(12, 3)), row())
# Products.
case("linear", nn.Linear(12, 5), row())
case("linear_no_bias", nn.Linear(12, 5, bias=False), row())
case("linear_rank3", nn.Linear(12, 5), sequence())
case("linear_rank4", nn.Linear(8, 5), image())
case("linear_rank1", lambda x: F.linear(x[0], torch.ones(5, 12), torch.ones(5)), row())
case("matmul_batched", lambda x: x @ x.transpose(-1, -2), sequence())
case("matmul_vector", Ones(lambda x, w: x @ w, 12), row())
case("bmm", lambda x: torch.bmm(x, x.mT), sequence())
case("mm", Ones(lambda x, w: torch.mm(x, w), 12, 4), row())
case("addmm", Ones(lambda x, w: torch.addmm(w[0], x, w.t(), beta=2, alpha=0.5), 12, 12), row())
case("baddbmm", lambda x: torch.baddbmm(x @ x.mT, x, x.mT, beta=0.5), sequence())
case("einsum_ij_jk", Ones(lambda x, w: torch.einsum("bij,jk->bik", x, w), 12, 4), sequence())
case("einsum_heads", lambda x: torch.einsum("b h i d, b h j d -> b h i j", x, x), (randn(2, 3, 5, 4),))
case("einsum_ellipsis", Ones(lambda x, w: torch.einsum("...i,oi->...o", x, w), 5, 12), sequence())
case("outer", lambda x: torch.outer(x[:, 0], x[:, 1]), row())
case("bilinear", nn.Bilinear(12, 12, 3), (randn(2, 12), randn(2, 12)))
# Attention.
heads = (randn(2, 3, 6, 8), randn(2, 3, 6, 8), randn(2, 3, 6, 8))
case("attention", F.scaled_dot_product_attention, heads)
case("attention_scale", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, scale=0.3), heads)
case("attention_causal", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), heads)
case("attention_mask", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, attn_mask=torch.linspace(-1, 1, 36).view(6, 6)), heads)
case("attention_bool_mask", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, attn_mask=torch.ones(6, 6).tril() > 0), heads)
case("attention_grouped", lambda q, k: F.scaled_dot_product_attention(q, k, k, enable_gqa=True), (randn(2, 6, 5, 8), randn(2, 2, 5, 8)))
case("multi_head_attention", type("Attention", (nn.Module,), {
    "__init__": lambda self: (nn.Module.__init__(self), setattr(self, "inner", nn.MultiheadAttention(12, 3, batch_first=True)))[0],
    "forward": lambda self, x: self.inner(x, x, x, need_weights=False)[0]})(), sequence())
case("transformer_encoder_layer", nn.TransformerEncoderLayer(12, 3, 24, batch_first=True, norm_first=True), sequence())
case("lstm", type("Lstm", (nn.Module,), {
    "__init__": lambda self: (nn.Module.__init__(self), setattr(self, "inner", nn.LSTM(12, 5, 2, batch_first=True, bidirectional=True)))[0],
    "forward": lambda self, x: self.inner(x)[0]})(), sequence())
case("gru", type("Gru", (nn.Module,), {
    "__init__": lambda self: (nn.Module.__init__(self), setattr(self, "inner", nn.GRU(12, 5)))[0],
    "forward": lambda self, x: self.inner(x.transpose(0, 1))[0]})(), sequence())
# Arithmetic, broadcasting and promotion.
case("add_sub_mul_div", lambda x, y: (x + y) * (x - y) / (y.abs() + 1), (randn(2, 3, 4), randn(2, 1, 4)))
case("add_alpha", lambda x: torch.add(x, x, alpha=0.5), row())
case("scalars", lambda x: 2 * x + 1 - 3 / (x.abs() + 1) + (1 - x), row())
case("integers_and_reals", lambda x, i: x * i + i, (randn(2, 4), randint(0, 9, (2, 4))))
case("integer_true_division", lambda i: i / 2, whole(5))
case("integer_floor_division", lambda i: i // 4, whole(5))
case("integer_division_floor", lambda i: torch.div(i, -3, rounding_mode="floor"), whole(5))
case("integer_division_trunc", lambda i: torch.div(i, 3, rounding_mode="trunc"), whole(5))
case("real_division_floor", lambda x: torch.div(x, 0.3, rounding_mode="floor"), row())
case("real_division_trunc", lambda x: torch.div(x, 0.3, rounding_mode="trunc"), row())
case("remainder", lambda x: x % 0.7, row())
case("integer_remainder", lambda i: i % 4, whole(5))
case("integer_remainder_negative", lambda i: i % -4, whole(5))
case("fmod", lambda x: torch.fmod(x, 0.7), row())
case("bool_times_real", lambda x: (x > 0) * x, row())
case("bool_plus_bool", lambda x: (x > 0) + (x < 1), row())
case("bool_times_bool", lambda x: (x > 0) * (x < 1), row())
case("double_and_float", lambda x: x * torch.tensor([1.5, 2.5], dtype=torch.float64).view(2, 1, 1), (randn(2, 2, 3, 4),))
case("pow", lambda x: x ** 2 + x.abs() ** 0.5 + x.abs() ** 1.7 + 2 ** x, row())
case("pow_integer", lambda i: i ** 3, whole(5))
case("maximum_minimum", lambda x, y: torch.maximum(x, y) - torch.minimum(x, y), (randn(2, 4), randn(2, 4)))
case("comparisons", lambda x, y: torch.stack([x == y, x != y, x < y, x <= y, x > y, x >= y]), (randint(0, 3, (2, 9)), randint(0, 3, (2, 9))), {0: "n"})
case("comparison_with_integer", lambda i: i > 0.5, whole(5))
case("logic", lambda x, y: (x > 0) & (y > 0) | ~(x > 1) ^ (y < 1), (randn(2, 9), randn(2, 9)))
case("logical", lambda x, y: torch.logical_and(x, y) | torch.logical_or(x, y) & torch.logical_not(x), (randint(0, 2, (2, 9)), randint(0, 2, (2, 9))))
case("bits", lambda i: (i & 6) | (i ^ 3), whole(5))
for function in ("abs", "neg", "exp", "sin", "cos", "tan", "atan", "sinh", "cosh", "asinh", "erf", "floor", "ceil", "round", "sign", "trunc", "frac",
                 "square", "expm1", "exp2", "isnan", "isfinite", "isinf"):
    case(function, getattr(torch, function), row())
for function in ("log", "sqrt", "rsqrt", "reciprocal", "log1p", "log2", "log10", "asin", "acos", "atanh"):
    case(function, getattr(torch, function), (rand(2, 12) * 0.9 + 0.05,))
case("acosh", torch.acosh, (rand(2, 12) + 1.1,))
case("exp_of_integer", torch.exp, whole(5, high=4))
case("erfc_logit", lambda x: torch.erfc(x) + torch.logit(x.sigmoid(), eps=0.1), row())
case("round_decimals", lambda x: torch.round(x, decimals=2), row())
case("clamp", lambda x: x.clamp(-0.5, 0.7) + x.clamp(min=0.1) + x.clamp(max=0.2) + x.clamp_min(0.3), row())
case("clamp_tensors", lambda x, y: torch.clamp(x, -y.abs(), y.abs()), (randn(2, 4), randn(2, 4)))
case("clamp_integer", lambda i: i.clamp(-2, 3), whole(5))
case("where", lambda x, y: torch.where(x > 0, x, y), (randn(2, 4), randn(2, 4)))
case("where_scalar", lambda x: torch.where(x > 0, x, -1.0), row())
case("masked_fill", lambda x: x.masked_fill(x > 0, float("-inf")).softmax(-1), row())
case("nan_to_num", lambda x: torch.nan_to_num(torch.log(x), nan=0.5, neginf=-7.0), row())
case("addcmul_addcdiv", lambda x, y: torch.addcmul(x, x, y, value=0.3) + torch.addcdiv(x, y, y.abs() + 1), (randn(2, 4), randn(2, 4)))
case("lerp", lambda x, y: torch.lerp(x, y, 0.3), (randn(2, 4), randn(2, 4)))
case("logaddexp_hypot", lambda x, y: torch.logaddexp(x, y) + torch.hypot(x, y), (randn(2, 4), randn(2, 4)))
case("atan2", torch.atan2, (randn(2, 9), randn(2, 9)))
case("casts", lambda x: x.to(torch.int64).float() + x.double().to(torch.float32) + (x > 0).float() + x.half().float() * 0, (torch.arange(8.0).view(2, 4),))
case("type_as", lambda x, i: i.type_as(x) + x, (randn(2, 4), randint(0, 9, (2, 4))))
# Reductions.
case("sum_mean", lambda x: x.sum(1) + x.mean((2, 3)).sum() + x.mean(1, keepdim=True).sum((1, 2)).mean(), image(8, 8))
case("mean_space", lambda x: x.mean((2, 3), keepdim=True), image())
case("sum_all", lambda x: x.sum() + x.mean(), image())
case("sum_of_bools", lambda x: (x > 0).sum(1), row())
case("amax_amin", lambda x: x.amax((2, 3)) - x.amin((2, 3)), image())
case("max_all", lambda x: x.max() - x.min(), row())
case("max_axis", lambda x: tuple(x.max(1)), image())
case("min_axis", lambda x: x.min(-1, keepdim=True)[0], image())
case("argmax", lambda x: x.argmax(1), image())
case("argmin_keep", lambda x: x.argmin(-1, keepdim=True), image())
case("argmax_all", lambda x: torch.argmax(x), image(), {0: "n"})
case("prod", lambda x: x.prod(1), row(4))
case("any_all", lambda x: torch.stack([(x > 1).any(1), (x > -1).all(1)]), row())
case("logsumexp", lambda x: x.logsumexp(1), row())
case("var_std", lambda x: x.var(1) + x.std(1, unbiased=False) + x.var(1, correction=0), row())
case("var_mean", lambda x: torch.var_mean(x, (1, 2), keepdim=True), sequence())
case("var_of_batch", lambda x: x.var(0), row())
case("norms", lambda x: x.norm(dim=1) + x.norm(1, dim=1) + x.norm(float("inf"), dim=1) + torch.linalg.vector_norm(x, 3, dim=1), row())
case("cosine_similarity", lambda x, y: F.cosine_similarity(x, y, dim=-1), (randn(2, 9), randn(2, 9)))
case("pairwise_distance", lambda x, y: F.pairwise_distance(x, y), (randn(2, 9), randn(2, 9)))
case("cumsum", lambda x: x.cumsum(1), row())
case("cumsum_of_bools", lambda x: (x > 0).cumsum(1), row())
case("topk", lambda x: tuple(x.topk(3, 1)), row())
case("topk_smallest", lambda x: x.topk(3, 1, largest=False)[1], row())
case("sort", lambda x: tuple(x.sort(1, descending=True)), row())
case("argsort", lambda x: x.argsort(1), row())
# Shapes.
case("view", lambda x: x.view(x.shape[0], 4, 2, -1), image())
case("reshape_merges_batch", lambda x: x.reshape(-1, 8), image())
case("reshape_batch_times", lambda x: x.view(x.shape[0] * 8, 64).view(-1, 8, 64), image())
case("reshape_two_dynamic", lambda x: x.flatten(2).transpose(1, 2).reshape(x.shape[0], -1, 2, 4), image(), {0: "n", 2: "h"})
case("flatten", lambda x: x.flatten(1), image())
case("flatten_front", lambda x: x.flatten(0, 1), image())
case("flatten_middle", lambda x: x.flatten(1, 2), image())
case("unflatten", lambda x: x.unflatten(1, (2, 4)), image())
case("squeeze_unsqueeze", lambda x: x.unsqueeze(1).squeeze(1).unsqueeze(-1).squeeze(-1), row())
case("permute", lambda x: x.permute(0, 2, 3, 1), image())
case("transpose", lambda x: x.transpose(1, -1), image())
case("t", lambda x: x.t(), row())
case("movedim", lambda x: x.movedim(1, -1), image())
case("expand", lambda x: x.unsqueeze(1).expand(-1, 4, -1), row())
case("expand_class_token", Ones(lambda x, w: torch.cat([w.expand(x.shape[0], -1, -1), x], 1), 1, 1, 12), sequence())
case("expand_as", lambda x: x.mean(1, keepdim=True).expand_as(x), row())
case("cat", lambda x, y: torch.cat([x, y, x], 1), (randn(2, 3), randn(2, 4)))
case("cat_types", lambda x, i: torch.cat([x, i], 1), (randn(2, 3), randint(0, 9, (2, 4))))
case("cat_batch", lambda x: torch.cat([x, x]), row())
case("stack", lambda x: torch.stack([x, x * 2], 2), row())
case("hstack_vstack", lambda x: torch.hstack([x, x]) + torch.vstack([x, x]).sum(), row())
case("vstack_vectors", lambda x: torch.vstack([x[0], x[0]]), row())
case("split", lambda x: x.split(5, 1), row())
case("split_with_sizes", lambda x: x.split([3, 4, 5], 1), row())
case("chunk", lambda x: x.chunk(3, 1), image(8))
case("unbind", lambda x: x.unbind(1), sequence(3))
case("qkv", lambda x: x.reshape(x.shape[0], 6, 3, 2, 2).permute(2, 0, 3, 1, 4).unbind(0), sequence())
case("slice", lambda x: x[:, 1:5:2] + x[:, -3:-1], row())
case("slice_from_end", lambda x: x[:, :-2, 1:], sequence())
case("slice_all", lambda x: x[:, :100], row())
case("slice_batch", lambda x: x[1:] - x[:-1], (randn(4, 5),))
case("select", lambda x: x[:, 0] + x[:, -1], sequence())
case("narrow", lambda x: x.narrow(1, 2, 3), row())
case("repeat", lambda x: x.repeat(1, 2, 1) + 0, sequence())
case("repeat_adds_axes", lambda x: x.repeat(3, 1, 1), row(), 0)
case("tile", lambda x: x.tile(2), row())
case("repeat_interleave", lambda x: x.repeat_interleave(2, 1), row())
case("flip", lambda x: x.flip(1, 2), image())
case("roll", lambda x: torch.roll(x, (2, -3), (2, 3)), image())
case("roll_flat", lambda x: torch.roll(x, 3), row())
case("pad", lambda x: F.pad(x, (1, 2, 0, 3), value=-1.5), image())
case("pad_negative", lambda x: F.pad(x, (-1, 2)), image())
case("pad_reflect", lambda x: F.pad(x, (1, 2, 2, 1), "reflect"), image())
case("pad_replicate", lambda x: F.pad(x, (1, 2, 2, 1), "replicate"), image())
case("pad_circular", lambda x: F.pad(x, (1, 2, 2, 1), "circular"), image())
case("pad_minus_infinity", lambda x: F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=float("-inf")), 3, 2), image())
case("pixel_shuffle", nn.PixelShuffle(2), image())
case("pixel_unshuffle", nn.PixelUnshuffle(2), image())
case("channel_shuffle", nn.ChannelShuffle(4), image())
case("unfold_axis", lambda x: x.unfold(2, 3, 2), image())
case("im2col", lambda x: F.unfold(x, 3, 1, 1, 2), image())
case("col2im", lambda x: F.fold(F.unfold(x, 3, 1, 1, 2), (8, 8), 3, 1, 1, 2), image())
case("tril_triu", lambda x: x.tril(1) - x.triu(-1), sequence(12))
case("meshgrid", lambda x: torch.stack(torch.meshgrid(torch.arange(3.0), torch.arange(4.0), indexing="ij")) + x.mean(), row())
case("meshgrid_xy", lambda x: torch.stack(torch.meshgrid(torch.arange(3.0), torch.arange(4.0), indexing="xy")) + x.mean(), row())
case("broadcast_tensors", lambda x: torch.broadcast_tensors(x, x[:, :1])[1], row())
# Indices.
case("embedding", nn.Embedding(20, 6), (randint(0, 20, (2, 5)),))
case("embedding_int32", nn.Embedding(20, 6), (randint(0, 20, (2, 5), dtype=torch.int32),))
case("index_select", lambda x: x.index_select(1, torch.tensor([2, 0, 2])), row())
case("index_one", lambda x: x[:, torch.tensor([2, 0, -1])], row())
case("index_matrix", lambda x: x[:, torch.tensor([[2, 0], [1, 1]])], row())
case("index_neighbours", lambda x: x[:, torch.tensor([2, 0]), torch.tensor([1, 5])], sequence())
case("index_apart", lambda x: x[:, torch.tensor([2, 0]), :, torch.tensor([1, 5])], image())
case("index_front", lambda x: x[torch.tensor([0, 0]), torch.tensor([1, 5])], sequence())
case("index_broadcast", lambda x: x[:, torch.tensor([[2], [0]]), torch.tensor([1, 5, 3])], sequence())
case("relative_positions", Ones(lambda x, w: x + w[torch.arange(36).view(-1) % 9].view(6, 6, -1).permute(2, 0, 1).unsqueeze(0), 9, 3), (randn(2, 3, 6, 6),))
case("gather", lambda x, i: x.gather(1, i), (randn(2, 9), randint(0, 9, (2, 4))))
case("scatter", lambda x, i: x.scatter(1, i, 3.0), (randn(2, 9), torch.tensor([[0, 3], [8, 2]])))
case("scatter_src", lambda x, i, y: x.scatter(1, i, y), (randn(2, 9), torch.tensor([[0, 3], [8, 2]]), randn(2, 2)))
case("scatter_add", lambda x, i, y: x.scatter_add(1, i, y), (randn(2, 9), torch.tensor([[0, 0], [8, 2]]), randn(2, 2)))
case("one_hot", lambda i: F.one_hot(i, 5), (randint(0, 5, (2, 3)),))
case("index_put", lambda x: torch.index_put(x.t(), (torch.tensor([1, 3]),), torch.tensor(7.0)), row())
# Resizing.
case("nearest_scale", nn.Upsample(scale_factor=2), image())
case("nearest_size", lambda x: F.interpolate(x, (13, 5)), image())
case("nearest_exact", lambda x: F.interpolate(x, (13, 5), mode="nearest-exact"), image())
case("bilinear_scale", nn.Upsample(scale_factor=2, mode="bilinear"), image())
case("bilinear_size", lambda x: F.interpolate(x, (13, 5), mode="bilinear"), image())
case("bilinear_corners", lambda x: F.interpolate(x, (13, 5), mode="bilinear", align_corners=True), image())
case("nearest_scale_1_5", lambda x: F.interpolate(x, scale_factor=1.5), (randn(2, 3, 7, 7),))
case("bilinear_scale_1_7", lambda x: F.interpolate(x, scale_factor=1.7, mode="bilinear"), (randn(2, 3, 7, 7),))
case("bicubic_scale_0_6", lambda x: F.interpolate(x, scale_factor=0.6, mode="bicubic"), (randn(2, 3, 11, 11),))
case("bilinear_half", lambda x: F.interpolate(x, scale_factor=0.5, mode="bilinear"), image())
case("bilinear_antialias", lambda x: F.interpolate(x, (5, 6), mode="bilinear", antialias=True), image(3, 16))
case("bicubic_antialias", lambda x: F.interpolate(x, (5, 21), mode="bicubic", antialias=True), image(3, 16))
case("bicubic", lambda x: F.interpolate(x, (13, 5), mode="bicubic"), image())
case("bicubic_corners", lambda x: F.interpolate(x, (13, 5), mode="bicubic", align_corners=True), image())
case("linear_1d", lambda x: F.interpolate(x, 13, mode="linear"), (randn(2, 8, 7),))
case("trilinear", lambda x: F.interpolate(x, (4, 6, 5), mode="trilinear"), (randn(2, 3, 5, 4, 3),))
case("nearest_dynamic_space", lambda x: F.interpolate(x, scale_factor=2), image(), {0: "n", 2: "h", 3: "w"})
case("like_another", lambda x, y: F.interpolate(x, y.shape[2:], mode="bilinear"), (randn(2, 3, 4, 4), randn(2, 3, 9, 7)))
case("grid_sample", lambda x, g: F.grid_sample(x, g.tanh(), align_corners=False), (randn(2, 3, 6, 6), randn(2, 4, 5, 2)))
# Made from nothing.
case("arange", lambda x: x + torch.arange(12), row())
case("arange_of_batch", lambda x: x + torch.arange(x.shape[0]).unsqueeze(1), row())
case("arange_steps", lambda x: x + torch.arange(0, 1.2, 0.1), row())
case("zeros_ones_full", lambda x: torch.zeros(x.shape[0], 3) + torch.ones(3) * x[:, :3] + torch.full((3,), 0.5) + x.new_zeros(x.shape[0], 1), row())
case("like", lambda x: torch.zeros_like(x) + torch.ones_like(x) * torch.full_like(x, 2.0), row())
case("linspace", lambda x: x + torch.linspace(-1, 1, 12), row())
case("eye", lambda x: x @ torch.eye(12), row())
case("scalar_tensor", lambda x: x * torch.tensor(2.5), row())
# Quantised programs, as PT2E writes them.
Q = torch.ops.quantized_decomposed


class Quantized(nn.Module):
    """A convolution whose weights are stored in INT8, between quantised activations."""

    def __init__(self):
        super().__init__()
        self.register_buffer("weight", torch.randint(-127, 128, (6, 8, 3, 3), dtype=torch.int8))
        self.register_buffer("scales", torch.rand(6) * 0.01 + 0.001)
        self.register_buffer("zero_points", torch.zeros(6, dtype=torch.int64))
        self.register_buffer("bias", torch.randint(-1000, 1000, (6,), dtype=torch.int32))

    def forward(self, x):
        x = Q.quantize_per_tensor(x, 0.03, 3, -128, 127, torch.int8)
        x = Q.dequantize_per_tensor(x, 0.03, 3, -128, 127, torch.int8)
        w = Q.dequantize_per_channel(self.weight, self.scales, self.zero_points, 0, -127, 127, torch.int8)
        b = Q.dequantize_per_channel(self.bias, self.scales * 0.03, self.zero_points, 0, -(2**31), 2**31 - 1, torch.int32)
        x = Q.quantize_per_tensor(F.relu(F.conv2d(x, w, b)), 0.05, 0, 0, 127, torch.uint8)
        return Q.dequantize_per_tensor(x, 0.05, 0, 0, 127, torch.uint8)


case("quantized", Quantized(), image())
case("quantize_per_channel", lambda x: Q.quantize_per_channel(x, torch.tensor([0.1, 0.2, 0.03]), torch.tensor([0, 3, -7]), 1, -128, 127, torch.int8), (randn(2, 3, 5),))
# Memory that several names share.
def change_slice(x):
    x = x + 1
    x[:, 1:3] = 3.0
    x[:, 0] += x[:, 5]
    return x


def change_view(x):
    y = x * 1
    z = y.view(y.shape[0], 3, 4)
    z.mul_(2)
    return y + 1


def change_base(x):
    y = x * 1
    z = y[:, 2:4]
    y.add_(5)
    return z


def change_and_read_both(x):
    y = x.clone()
    z = y.transpose(1, 2)
    z += 1
    return y, z


def fill_zeros(x):
    out = torch.zeros(x.shape[0], 8, 12)
    out[:, 1:7] = x
    return out


def copy_then_change(x):
    y = x.contiguous().clone()
    y.relu_()
    return x + y


def assign_by_indices(x):
    y = x * 1
    y[:, torch.tensor([1, 3])] = torch.arange(12.0)
    y[:, torch.tensor([[2], [0]]), torch.tensor([1, 5, 7])] = torch.arange(6.0).view(2, 3)
    y[:, :, torch.tensor([2, 4])] += 1
    return y


case("assign_by_indices", assign_by_indices, sequence())
case("change_slice", change_slice, row())
case("change_view", change_view, row())
case("change_base", change_base, row())
case("change_and_read_both", change_and_read_both, sequence())
case("fill_zeros", fill_zeros, sequence())
case("copy_then_change", copy_then_change, row())
case("residual_in_place", lambda x: (x * 1).add_(x).relu_(), image())
case("masked_fill_in_place", lambda x: (x * 1).masked_fill_(x > 0, 2.0), row())


def without_gradient(x):
    with torch.no_grad():
        table = torch.arange(x.shape[1]).float() * x.mean()
    return x + table


case("without_gradient", without_gradient, row())
case("sizes_as_outputs", lambda x: (x * 2, x.shape[0]), row())
case("several_outputs", lambda x: {"a": x + 1, "b": [x * 2, x + 1]}, row())
case("input_as_output", lambda x: (x, x + 1), row())
case("einops_like", lambda x: x.view(x.shape[0], 2, 4, 4, 2, 4, 2).permute(0, 3, 5, 2, 4, 6, 1).reshape(x.shape[0], 16, -1), (randn(2, 8, 8, 8),))
case("windows", lambda x: x.view(x.shape[0], 2, 4, 2, 4, 3).permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, 3), (randn(2, 8, 8, 3),))
case("windows_back", lambda x: x.view(x.shape[0] // 4, 2, 2, 4, 4, 3).permute(0, 1, 3, 2, 4, 5).reshape(-1, 8, 8, 3), (randn(8, 16, 3),))
