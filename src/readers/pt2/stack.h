// What a node's metadata tell of where it comes from: the module it belongs to, and the line of the user's program.
#pragma once

#include <string>
#include <string_view>

namespace headrace::pt2 {

// "L__self__,,Net;L__self__conv,layer1.0.conv,torch.nn.Conv2d" is in module "layer1.0.conv".
std::string innermost_module(std::string_view nn_module_stack);

// The innermost frame outside PyTorch of a Python stack trace, on one line: "resnet.py:66, in forward: x = self.conv(x)". The
// folder is left out.
std::string innermost_source(std::string_view stack_trace);

}  // namespace headrace::pt2
