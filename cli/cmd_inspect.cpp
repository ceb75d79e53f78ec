// headrace inspect: what a model is made of.
#include "command.h"
