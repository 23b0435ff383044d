/* SPDX-License-Identifier: Apache-2.0 */
/* What all fuzz targets share. A target is one file with LLVMFuzzerTestOneInput(), linked with
 * libFuzzer, or with driver.c where there is none. It aborts where something does not hold. */
#ifndef NM_FUZZ_FUZZ_H
#define NM_FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "base/allocator.h"
#include "base/span.h"
#include "base/status.h"

/** Try one input. @return 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Abort unless the condition holds, in every kind of build. */
#define FUZZ_REQUIRE(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/** For the driver: which allocation behind each fuzz_memory_begin() fails, counted from 1; 0 for
 *  none. */
void fuzz_memory_fail_at(size_t call);

/** For the driver: an allocation failed since fuzz_memory_fail_at(). */
bool fuzz_memory_did_fail(void);

/** Fresh memory for one input. */
const nm_allocator *fuzz_memory_begin(void);

/** An allocation failed since fuzz_memory_begin(). */
bool fuzz_memory_has_failed(void);

/** Require that all memory was given back. */
void fuzz_memory_end(void);

/** Octets that never change: `len` zeros, or as many that do not compress. At most FUZZ_OCTETS. */
nm_span fuzz_octets(bool is_noise, size_t len);
enum { FUZZ_OCTETS = 1 << 17 };

#endif
