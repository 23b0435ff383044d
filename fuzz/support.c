/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and octets for fuzz targets. */
#include "fuzz.h"

#include "failing_allocator.h"

static failing_allocator memory;
static size_t memory_fail_at;
static bool memory_did_fail;

void
fuzz_memory_fail_at(size_t call)
{
    memory_fail_at = call;
    memory_did_fail = false;
}

bool
fuzz_memory_did_fail(void)
{
    return memory_did_fail;
}

const nm_allocator *
fuzz_memory_begin(void)
{
    failing_allocator_init(&memory, memory_fail_at);
    return &memory.allocator;
}

bool
fuzz_memory_has_failed(void)
{
    return memory.has_failed;
}

void
fuzz_memory_end(void)
{
    FUZZ_REQUIRE(memory.live == 0);
    memory_did_fail = memory_did_fail || memory.has_failed;
}

nm_span
fuzz_octets(bool is_noise, size_t len)
{
    static uint8_t zeros[FUZZ_OCTETS];
    static uint8_t noise[FUZZ_OCTETS];
    static bool is_filled;

    if (!is_filled) {
        uint32_t x = 1;
        for (size_t i = 0; i < FUZZ_OCTETS; i++) {
            x = x * 1664525 + 1013904223; /* The low bits have short periods: take the high ones. */
            noise[i] = (uint8_t)(x >> 24);
        }
        is_filled = true;
    }
    FUZZ_REQUIRE(len <= FUZZ_OCTETS);
    return nm_span_of(is_noise ? noise : zeros, len);
}
