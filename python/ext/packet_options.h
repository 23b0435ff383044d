/* SPDX-License-Identifier: Apache-2.0 */
/* What nmsg.open() and nmsg.capture() say about packets. */
#ifndef NMPY_PACKET_OPTIONS_H
#define NMPY_PACKET_OPTIONS_H

#include "module.h"

#include "io/packet_options.h"

/** From the tuple that nmsg/_packets.py makes, or None: the defaults.
 *  @param out  Borrows from the tuple and, if it says so, the environment.
 *  @return 0, or -1 with an exception set. */
int nmpy_packet_options_parse(PyObject *tuple, nm_packet_options *out);

#endif
