#include "kernels/conv_problem.h"

namespace headrace::kernels::testing {

std::ostream& operator<<(std::ostream& out, const ConvProblem& p) {
  const ConvShape& s = p.shape;
  return out << p.height << "x" << p.width << "x" << p.input_channels() << " -> " << s.output_channels << ", groups " << s.groups
             << ", kernel " << s.kernel_h << "x" << s.kernel_w << ", stride " << p.stride_h << "x" << p.stride_w << ", dilation "
             << p.dilation_h << "x" << p.dilation_w << ", pads " << p.pad.top << " " << p.pad.left << " " << p.pad.bottom << " "
             << p.pad.right;
}

ConvProblem random_conv(Dice& dice) {
  ConvProblem p;
  do {
    p.shape.groups = dice.one_in(3) ? dice.pick(2, 4) : 1;
    p.shape.kernel_h = dice.one_in(2) ? 1 : dice.pick(1, 4);
    p.shape.kernel_w = dice.one_in(2) ? p.shape.kernel_h : dice.pick(1, 4);
    p.shape.group_channels = dice.one_in(4) ? dice.pick(30, 90) : dice.pick(1, 20);
    p.shape.output_channels = p.shape.groups * (dice.one_in(4) ? dice.pick(50, 150) : dice.pick(1, 40));
    p.height = dice.pick(1, 7), p.width = dice.pick(1, 9);
    p.stride_h = dice.pick(1, 3), p.stride_w = dice.pick(1, 3);
    p.dilation_h = dice.pick(1, 2), p.dilation_w = dice.pick(1, 2);
    p.pad = {dice.pick(0, 2), dice.pick(0, 2), dice.pick(0, 2), dice.pick(0, 2)};
  } while (p.output_height() < 1 || p.output_width() < 1);
  return p;
}

AddU8 random_sum(Dice& dice) {
  const float a_ratio = dice.real(0.2f, 1.5f), b_ratio = dice.real(0.2f, 1.5f);
  const int zero_point = dice.pick(0, 255), minimum = dice.one_in(2) ? zero_point : 0;
  return {.a_ratio = a_ratio,
          .b_ratio = b_ratio,
          .shift = add_u8_shift(dice.pick(0, 255), a_ratio, dice.pick(0, 255), b_ratio, zero_point),
          .minimum = minimum,
          .maximum = dice.one_in(2) ? 255 : dice.pick(minimum, 255)};
}

ConvProblem pointwise_conv(int pixels, int channels, int output_channels) {
  ConvProblem p;
  p.shape.group_channels = channels;
  p.shape.output_channels = output_channels;
  p.width = pixels;
  return p;
}

}  // namespace headrace::kernels::testing
