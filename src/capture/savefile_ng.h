/* SPDX-License-Identifier: Apache-2.0 */
/* The part of capture/savefile.h that is about pcapng. */
#ifndef NM_CAPTURE_SAVEFILE_NG_H
#define NM_CAPTURE_SAVEFILE_NG_H

#include "capture/savefile.h"

/** Type of the block that begins a section, and so a file. Reads the same in both octet orders. */
#define NM_SAVEFILE_NG_SECTION 0x0a0d0d0aU

enum { NM_SAVEFILE_INTERFACES_LEN = 1 << 20 /**< Octets for what is known of interfaces. */ };

/** nm_savefile_next() and nm_savefile_end() of such files. */
NM_MUST_CHECK nm_status nm_savefile_ng_next(nm_savefile *s, nm_span octets, size_t *out_used,
                                            nm_captured *out, nm_error *err);
NM_MUST_CHECK nm_status nm_savefile_ng_end(const nm_savefile *s, nm_span left, nm_error *err);

#endif
