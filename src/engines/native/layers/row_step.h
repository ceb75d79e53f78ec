// Steps that compute one row of output after another from the same rows (or a window) of their inputs.
#pragma once

#include <utility>

#include "engines/native/layers/window.h"
#include "engines/native/step.h"
#include "engines/native/tensor_view.h"

namespace headrace::native {

// compute(frame, n, y): row y of picture n.
template <typename Compute>
class RowStep final : public Step {
 public:
  RowStep(const Extent& output, Compute compute) : compute_(std::move(compute)) {
    rows = output.n * output.h;
    rows_per_image = output.h;
  }
  void run(const Frame& frame, Range rows, Range, std::byte*) const noexcept override {
    for (int r = rows.begin; r < rows.end; ++r) compute_(frame, r / rows_per_image, r % rows_per_image);
  }
  int input_rows(size_t, int end) const override {
    return window ? window->input_rows(end, window_height) : whole_input ? whole_input : end;
  }
  int first_input_row(size_t, int begin) const override {
    return window ? window->first_input_row(begin) : whole_input ? 0 : begin;
  }

  const Window* window = nullptr;  // where rows of the input are others than the output's
  int window_height = 0;
  int whole_input = 0;  // where every row needs all of them: how many there are

 private:
  Compute compute_;
};

template <typename Compute>
std::unique_ptr<RowStep<Compute>> row_step(const Extent& output, Compute compute) {
  return std::make_unique<RowStep<Compute>>(output, std::move(compute));
}

// Calls body(pointers of the elements, how many) for one row: the row as one run where no view has gaps, else pixel by pixel.
template <typename Body, typename... Views>
void each_run(std::byte* base, int n, int y, const Body& body, const Views&... views) {
  const View& first = std::get<0>(std::tie(views...));
  if ((views.dense_row() && ...)) return body(size_t(first.extent.w) * first.extent.c, views.at(base, n, y)...);
  for (int x = 0; x < first.extent.w; ++x) body(size_t(first.extent.c), (views.at(base, n, y) + x * views.pixel)...);
}

}  // namespace headrace::native
