/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of packets, for the files that give them out. */
#ifndef NMPY_CAPTURE_H
#define NMPY_CAPTURE_H

#include "module.h"

struct nm_capture_stats;
struct nm_input_stats;

/** nmsg.capture_stats. @param of  Of the input, with what was lost before; or NULL: nothing was. */
PyObject *nmpy_capture_stats_new(nmpy_state *state, const struct nm_capture_stats *stats,
                                 const struct nm_input_stats *of);

#endif
