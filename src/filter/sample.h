/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a part of the messages: every so many, or each with some probability. */
#ifndef NM_FILTER_SAMPLE_H
#define NM_FILTER_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/** What is taken, and where in it we are. */
typedef struct nm_sample {
    uint64_t every;     /**< Take every so many; 0: at random. */
    uint64_t seen;      /**< Messages since the last that was taken. */
    double probability; /**< That one is taken, from 0 to 1. */
    uint64_t state;     /**< Of the random numbers. */
} nm_sample;

/** Set up from "count=N" (N from 1 on; decimal, 0… octal or 0x… hexadecimal) or "random=P" (P from
 *  0 to 1), names in either case.
 *  @param parameters  NUL-terminated; NULL: there are none, which is an error.
 *  @param seed        Of the random numbers: the same numbers for the same seed.
 *  @param out         Written on NM_OK only.   @param err  Optional.
 *  @return NM_OK, NM_E_ARGUMENT. */
NM_MUST_CHECK nm_status nm_sample_parse(const char *parameters, uint64_t seed, nm_sample *out,
                                        nm_error *err);

/** Count a message. @return true when it is taken. */
bool nm_sample_takes(nm_sample *sample);

#endif
