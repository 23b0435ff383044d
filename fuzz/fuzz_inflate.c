/* SPDX-License-Identifier: Apache-2.0 */
/* The input is inflated as a compressed block; and deflated, it must come back. */
#include "fuzz.h"
#include "wire/zblock.h"

enum { LIMIT = 1 << 20 };

static void
inflate_input(const nm_allocator *memory, nm_span in)
{
    nm_inflater *inflater = nm_inflater_new(memory);
    nm_buffer out;
    nm_buffer_init(&out, LIMIT + 1, memory);
    FUZZ_REQUIRE(inflater != NULL || fuzz_memory_has_failed());
    for (int round = 0; inflater != NULL && round < 2; round++) { /* Also reused. */
        nm_error err = {.code = NM_OK};
        nm_status status = nm_zblock_inflate(inflater, in, LIMIT, &out, &err);
        FUZZ_REQUIRE(status == err.code);
        FUZZ_REQUIRE(status == NM_OK || status == NM_E_PARSE || status == NM_E_LIMIT ||
                     status == NM_E_INFLATE || (status == NM_E_NOMEM && fuzz_memory_has_failed()));
        if (status == NM_OK) {
            FUZZ_REQUIRE(out.len <= LIMIT);
            FUZZ_REQUIRE(out.len == ((size_t)in.data[0] << 24 | (size_t)in.data[1] << 16 |
                                     (size_t)in.data[2] << 8 | in.data[3]));
        }
    }
    nm_buffer_clear(&out);
    nm_inflater_free(inflater);
}

static void
require_round_trip(const nm_allocator *memory, int level, nm_span in)
{
    nm_deflater *deflater = nm_deflater_new(level, memory);
    nm_inflater *inflater = nm_inflater_new(memory);
    nm_buffer block;
    nm_buffer out;
    nm_buffer_init(&block, LIMIT, memory);
    nm_buffer_init(&out, LIMIT, memory);
    nm_status status = NM_E_NOMEM;
    if (deflater != NULL && inflater != NULL) {
        status = nm_zblock_deflate(deflater, in, &block);
    }
    if (status == NM_OK) {
        status = nm_zblock_inflate(inflater, nm_buffer_span(&block), in.len, &out, NULL);
    }
    FUZZ_REQUIRE(status == NM_OK || (status == NM_E_NOMEM && fuzz_memory_has_failed()));
    FUZZ_REQUIRE(status != NM_OK || nm_span_equal(nm_buffer_span(&out), in));
    nm_buffer_clear(&block);
    nm_buffer_clear(&out);
    nm_deflater_free(deflater);
    nm_inflater_free(inflater);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nm_span in = nm_span_of(data, size);
    const nm_allocator *memory = fuzz_memory_begin();
    inflate_input(memory, in);
    if (size > 0 && size < LIMIT / 2) {
        require_round_trip(memory, data[0] % 11 - 1, in);
    }
    fuzz_memory_end();
    return 0;
}
