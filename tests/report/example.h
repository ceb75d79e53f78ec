// Reports with made-up figures, for tests and for looking at the page. They say so wherever they are shown: nothing here was
// measured.
#pragma once

#include "report/report.h"

namespace headrace::testing {

// Labelled data, five versions of which one could not be measured, 60 layers: what a full deployment fills in.
DeployReport example_report();

// The same without labels: agreement and SQNR take the place of top-1.
DeployReport unlabelled_report();

// Names that try to leave their place: end the script element, open a tag, move the terminal's cursor, turn the reading
// direction.
DeployReport hostile_report();

// Ten versions, latencies that differ twentyfold, long names, 180 layers: what must still be readable.
DeployReport crowded_report();

// Only a name and a machine.
DeployReport empty_report();

}  // namespace headrace::testing
