#include "engines/native/layers/pointwise.h"

#include "engines/native/layers/row_step.h"

namespace headrace::native {

namespace {

const uint8_t* codes(const std::byte* p) { return reinterpret_cast<const uint8_t*>(p); }
uint8_t* codes(std::byte* p) { return reinterpret_cast<uint8_t*>(p); }
const float* floats(const std::byte* p) { return reinterpret_cast<const float*>(p); }
float* floats(std::byte* p) { return reinterpret_cast<float*>(p); }

Status same_extents(std::span<const Extent> inputs) {
  if (inputs[0] == inputs[1]) return Ok{};
  return invalid_data("its operands are " + to_string(inputs[0]) + " and " + to_string(inputs[1]));
}

// A step that calls kernel(count, pointers...) for runs of elements of one or two inputs and the output.
template <typename Kernel>
std::unique_ptr<Step> unary_step(const Binding& binding, Kernel kernel) {
  return row_step(
      binding.output.extent, [in = binding.inputs[0], out = binding.output, kernel](const Frame& frame, int n, int y) {
        each_run(
            frame.arena, n, y, [&](size_t count, const std::byte* x, std::byte* result) { kernel(count, x, result); }, in, out);
      });
}

template <typename Kernel>
std::unique_ptr<Step> binary_step(const Binding& binding, Kernel kernel) {
  return row_step(binding.output.extent, [a = binding.inputs[0], b = binding.inputs[1], out = binding.output, kernel](
                                             const Frame& frame, int n, int y) {
    each_run(
        frame.arena, n, y,
        [&](size_t count, const std::byte* x0, const std::byte* x1, std::byte* result) { kernel(count, x0, x1, result); }, a, b,
        out);
  });
}

}  // namespace

Result<Extent> PointwiseLayer::infer(std::span<const Extent> inputs) const { return inputs[0]; }

std::unique_ptr<Step> TableLayer::bind(const Binding& binding) const {
  return unary_step(binding, [kernel = binding.kernels.elementwise.table_u8, table = table_.data()](
                                 size_t count, const std::byte* x, std::byte* y) { kernel(codes(x), codes(y), count, table); });
}

std::unique_ptr<Step> ActivationLayer::bind(const Binding& binding) const {
  return unary_step(binding,
                    [kernel = binding.kernels.elementwise.activation_f32, parameters = &parameters_](
                        size_t count, const std::byte* x, std::byte* y) { kernel(floats(x), floats(y), count, *parameters); });
}

Result<Extent> ScaleShiftLayer::infer(std::span<const Extent> inputs) const {
  const auto channels = static_cast<size_t>(inputs[0].c);
  if (scale_.size() != channels)
    return invalid_data("the input has " + std::to_string(channels) + " channels, the constant " + std::to_string(scale_.size()));
  return inputs[0];
}

std::unique_ptr<Step> ScaleShiftLayer::bind(const Binding& binding) const {
  return unary_step(binding,
                    [this, kernel = binding.kernels.elementwise.scale_shift_f32](size_t count, const std::byte* x, std::byte* y) {
                      const int channels = static_cast<int>(scale_.size());
                      kernel(floats(x), floats(y), count / channels, channels, scale_.data(), shift_.data(), minimum_, maximum_);
                    });
}

Result<Extent> AddLayer::infer(std::span<const Extent> inputs) const {
  HEADRACE_CHECK(same_extents(inputs));
  return inputs[0];
}

std::unique_ptr<Step> AddLayer::bind(const Binding& binding) const {
  const auto& kernels = binding.kernels.elementwise;
  if (element_ == Element::kU8)
    return binary_step(binding, [kernel = kernels.add_u8, codes_of = &codes_](size_t count, const std::byte* a,
                                                                              const std::byte* b, std::byte* y) {
      kernel(codes(a), codes(b), codes(y), count, *codes_of);
    });
  return binary_step(binding,
                     [this, kernel = kernels.add_f32](size_t count, const std::byte* a, const std::byte* b, std::byte* y) {
                       kernel(floats(a), floats(b), floats(y), count, minimum_, maximum_);
                     });
}

Result<Extent> MulLayer::infer(std::span<const Extent> inputs) const {
  const Extent gate{inputs[0].n, 1, 1, inputs[0].c};
  if (inputs[1] != gate) HEADRACE_CHECK(same_extents(inputs));
  return inputs[0];
}

std::unique_ptr<Step> MulLayer::bind(const Binding& binding) const {
  const auto& kernels = binding.kernels.elementwise;
  if (binding.inputs[1].extent == binding.inputs[0].extent) {
    if (element_ == Element::kU8)
      return binary_step(binding, [kernel = kernels.mul_u8, codes_of = &codes_](size_t count, const std::byte* a,
                                                                                const std::byte* b, std::byte* y) {
        kernel(codes(a), codes(b), codes(y), count, *codes_of);
      });
    return binary_step(binding, [kernel = kernels.mul_f32](size_t count, const std::byte* a, const std::byte* b, std::byte* y) {
      kernel(floats(a), floats(b), floats(y), count);
    });
  }
  return row_step(binding.output.extent, [this, &kernels, in = binding.inputs[0], gate = binding.inputs[1], out = binding.output](
                                             const Frame& frame, int n, int y) {
    const std::byte* factor = gate.at(frame.arena, n, 0);
    each_run(
        frame.arena, n, y,
        [&](size_t count, const std::byte* x, std::byte* result) {
          const int channels = in.extent.c;
          if (element_ == Element::kU8)
            kernels.gate_u8(codes(x), codes(factor), codes(result), count / channels, channels, codes_);
          else kernels.gate_f32(floats(x), floats(factor), floats(result), count / channels, channels);
        },
        in, out);
  });
}

std::unique_ptr<Step> QuantizeLayer::bind(const Binding& binding) const {
  return unary_step(binding, [q = quantisation_, kernel = binding.kernels.elementwise.quantize_u8](
                                 size_t count, const std::byte* x, std::byte* y) {
    kernel(floats(x), codes(y), count, q.scale, q.zero_point);
  });
}

std::unique_ptr<Step> DequantizeLayer::bind(const Binding& binding) const {
  return unary_step(binding, [q = quantisation_, kernel = binding.kernels.elementwise.dequantize_u8](
                                 size_t count, const std::byte* x, std::byte* y) {
    kernel(codes(x), floats(y), count, q.scale, q.zero_point);
  });
}

std::unique_ptr<Step> SoftmaxLayer::bind(const Binding& binding) const {
  return row_step(binding.output.extent, [in = binding.inputs[0], out = binding.output,
                                          kernel = binding.kernels.elementwise.softmax_f32](const Frame& frame, int n, int y) {
    for (int x = 0; x < in.extent.w; ++x)
      kernel(floats(in.at(frame.arena, n, y) + x * in.pixel), floats(out.at(frame.arena, n, y) + x * out.pixel), in.extent.c);
  });
}

}  // namespace headrace::native
