/* SPDX-License-Identifier: Apache-2.0 */
/* Built once for each implementation of the header that the machine has a library for. */
#include "wire/zblock.h"

#include "check.h"
#include "failing_allocator.h"
#include "zblock_blocks.h"

enum { LIMIT = 1 << 20 };

/* Octets of 10,000 zeros and of what may stand behind a stream. */
static const struct known_block *const zeros = &known_blocks[2];

static nm_status
inflate_once(nm_span block, size_t limit, octets *out, nm_error *err)
{
    failing_allocator memory;
    failing_allocator_init(&memory, 0);
    nm_inflater *inflater = nm_inflater_new(&memory.allocator);
    nm_buffer buffer;
    nm_buffer_init(&buffer, limit + 1, &memory.allocator);
    nm_status status = nm_zblock_inflate(inflater, block, limit, &buffer, err);
    out->len = 0;
    if (status == NM_OK) {
        octets_put_span(out, nm_buffer_span(&buffer));
    }
    nm_buffer_clear(&buffer);
    nm_inflater_free(inflater);
    CHECK_EQ(memory.live, 0);
    return status;
}

static void
blocks_of_every_library_are_inflated(void)
{
    for (size_t i = 0; i < CHECK_COUNT(known_blocks); i++) {
        CHECK_CASE(known_blocks[i].name);
        octets expected = {0};
        octets out = {0};
        known_blocks[i].content(&expected);
        CHECK_EQ(inflate_once(nm_span_of(known_blocks[i].octets, known_blocks[i].len), LIMIT, &out,
                              NULL),
                 NM_OK);
        CHECK_SPAN(octets_span(&out), octets_span(&expected));
        octets_free(&expected);
        octets_free(&out);
    }
}

static void
what_was_deflated_comes_back(void)
{
    static const int levels[] = {NM_ZLEVEL_DEFAULT, NM_ZLEVEL_MIN, 4, NM_ZLEVEL_MAX, 0, -7, 100};
    for (size_t l = 0; l < CHECK_COUNT(levels); l++) {
        nm_deflater *deflater = nm_deflater_new(levels[l], &nm_allocator_heap);
        nm_inflater *inflater = nm_inflater_new(&nm_allocator_heap);
        nm_buffer block;
        nm_buffer back;
        nm_buffer_init(&block, LIMIT, &nm_allocator_heap);
        nm_buffer_init(&back, LIMIT, &nm_allocator_heap);
        for (size_t i = 0; i < 60; i++) { /* One deflater and one inflater, reused. */
            octets in = {0};
            octets_noise(&in, i, i * i);
            octets_fill(&in, 'x', i * 100);
            known_blocks[i % CHECK_COUNT(known_blocks)].content(&in);
            block.len = 0;
            CHECK_EQ(nm_zblock_deflate(deflater, octets_span(&in), &block), NM_OK);
            CHECK_EQ(block.data[0], 0);
            CHECK_EQ((uint32_t)block.data[1] << 16 | (uint32_t)block.data[2] << 8 | block.data[3],
                     in.len);
            CHECK_EQ(nm_zblock_inflate(inflater, nm_buffer_span(&block), LIMIT - 1, &back, NULL),
                     NM_OK);
            CHECK_SPAN(nm_buffer_span(&back), octets_span(&in));
            octets_free(&in);
        }
        nm_buffer_clear(&block);
        nm_buffer_clear(&back);
        nm_deflater_free(deflater);
        nm_inflater_free(inflater);
    }
}

static void
a_block_is_appended_behind_what_is_there(void)
{
    octets out = {0};
    nm_deflater *deflater = nm_deflater_new(NM_ZLEVEL_DEFAULT, &nm_allocator_heap);
    nm_buffer block;
    nm_buffer_init(&block, LIMIT, &nm_allocator_heap);
    CHECK_EQ(nm_buffer_append(&block, nm_span_of("header", 6)), NM_OK);
    CHECK_EQ(nm_zblock_deflate(deflater, nm_span_of("body", 4), &block), NM_OK);
    CHECK_TEXT(block.data, 6, "header");
    CHECK_EQ(inflate_once(nm_span_of(block.data + 6, block.len - 6), LIMIT, &out, NULL), NM_OK);
    CHECK_TEXT(out.data, out.len, "body");
    nm_buffer_clear(&block);
    nm_deflater_free(deflater);
    octets_free(&out);
}

/* A copy of the block of zeros with another announced length. */
static nm_status
inflate_announced(uint32_t announced, size_t limit, nm_error *err)
{
    octets block = {0};
    octets out = {0};
    octets_be(&block, announced, 4);
    octets_put(&block, zeros->octets + 4, zeros->len - 4);
    nm_status status = inflate_once(octets_span(&block), limit, &out, err);
    octets_free(&block);
    octets_free(&out);
    return status;
}

static void
the_announced_length_must_be_exact(void)
{
    static const struct {
        const char *name;
        uint32_t announced;
        size_t limit;
        nm_status status;
    } rows[] = {
        {"exact", 10000, LIMIT, NM_OK},
        {"one too many", 10001, LIMIT, NM_E_INFLATE},
        {"one too few", 9999, LIMIT, NM_E_INFLATE},
        {"none", 0, LIMIT, NM_E_INFLATE},
        {"as many as the limit", 10000, 10000, NM_OK},
        {"more than the limit", 10000, 9999, NM_E_LIMIT},
        {"4 GiB", UINT32_MAX, LIMIT, NM_E_LIMIT},
        {"more than such a stream can hold", 1000000, LIMIT, NM_E_INFLATE},
        {"4 GiB are above any limit", UINT32_MAX, UINT32_MAX, NM_E_LIMIT},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_error err = {.code = NM_OK};
        CHECK_EQ(inflate_announced(rows[i].announced, rows[i].limit, &err), rows[i].status);
        CHECK_EQ(err.code, rows[i].status);
    }
}

static void
octets_behind_the_stream_are_ignored(void)
{
    for (size_t i = 0; i < CHECK_COUNT(known_blocks); i++) {
        octets block = {0};
        octets expected = {0};
        octets out = {0};
        known_blocks[i].content(&expected);
        octets_put(&block, known_blocks[i].octets, known_blocks[i].len);
        octets_noise(&block, 5, 100);
        CHECK_EQ(inflate_once(octets_span(&block), LIMIT, &out, NULL), NM_OK);
        CHECK_SPAN(octets_span(&out), octets_span(&expected));
        octets_free(&block);
        octets_free(&expected);
        octets_free(&out);
    }
}

static void
a_cut_block_is_refused(void)
{
    for (size_t i = 0; i < CHECK_COUNT(known_blocks); i++) {
        for (size_t len = 0; len < known_blocks[i].len; len++) {
            octets out = {0};
            octets cut = {0}; /* On the heap, so that a read beyond its end is noticed. */
            octets_put(&cut, known_blocks[i].octets, len);
            CHECK_EQ(inflate_once(octets_span(&cut), LIMIT, &out, NULL),
                     len < NM_ZBLOCK_PREFIX_LEN ? NM_E_PARSE : NM_E_INFLATE);
            octets_free(&cut);
            octets_free(&out);
        }
    }
}

static void
a_wrong_octet_of_the_checksum_is_noticed(void)
{
    for (size_t i = 0; i < CHECK_COUNT(known_blocks); i++) {
        for (size_t k = 1; k <= 4; k++) {
            octets block = {0};
            octets out = {0};
            octets_put(&block, known_blocks[i].octets, known_blocks[i].len);
            block.data[block.len - k] ^= 0x40;
            CHECK_EQ(inflate_once(octets_span(&block), LIMIT, &out, NULL), NM_E_INFLATE);
            octets_free(&block);
            octets_free(&out);
        }
    }
}

static void
streams_of_other_kinds_are_refused(void)
{
    static const struct {
        const char *name;
        const char *octets;
        size_t len;
    } rows[] = {
        {"no stream", "\0\0\0\1", 4},
        {"no zlib header", "\0\0\0\1\x01\x01\x00\xfe\xff\x61\x00\x62\x00\x62", 14},
        {"raw deflate", "\0\0\0\1\x4b\x04\x00", 7},
        {"gzip", "\0\0\0\0\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0", 24},
        {"header without its check", "\0\0\0\1\x78\x00\x4b\x04\x00\x00\x62\x00\x62", 13},
        {"dictionary", "\0\0\0\1\x78\xbb\x00\x00\x00\x01\x4b\x04\x00\x00\x62\x00\x62", 17},
        {"reserved kind of block", "\0\0\0\1\x78\x9c\x07\x00\x00\x62\x00\x62", 12},
        {"stored length without its complement",
         "\0\0\0\1\x78\x01\x01\x01\x00\x00\x00\x61\x00\x62\x00\x62", 16},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        octets out = {0};
        nm_error err = {.code = NM_OK};
        CHECK_EQ(inflate_once(nm_span_of(rows[i].octets, rows[i].len), LIMIT, &out, &err),
                 NM_E_INFLATE);
        CHECK_EQ(err.code, NM_E_INFLATE);
        octets_free(&out);
    }
}

static void
an_inflater_goes_on_after_a_failure(void)
{
    nm_inflater *inflater = nm_inflater_new(&nm_allocator_heap);
    nm_buffer out;
    nm_buffer_init(&out, LIMIT, &nm_allocator_heap);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(nm_zblock_inflate(inflater, nm_span_of(zeros->octets, zeros->len - 1), 10000, &out,
                                   NULL),
                 NM_E_INFLATE);
        CHECK_EQ(nm_zblock_inflate(inflater, nm_span_of(zeros->octets, 3), 10000, &out, NULL),
                 NM_E_PARSE);
        CHECK_EQ(
            nm_zblock_inflate(inflater, nm_span_of(zeros->octets, zeros->len), 10000, &out, NULL),
            NM_OK);
        CHECK_EQ(out.len, 10000);
    }
    nm_buffer_clear(&out);
    nm_inflater_free(inflater);
}

static void
sizes_above_a_limit_are_refused(void)
{
    nm_deflater *deflater = nm_deflater_new(NM_ZLEVEL_DEFAULT, &nm_allocator_heap);
    nm_inflater *inflater = nm_inflater_new(&nm_allocator_heap);
    nm_buffer out;
    nm_buffer_init(&out, 8, &nm_allocator_heap);
    CHECK_EQ(nm_zblock_deflate(deflater, nm_span_of("text", 4), &out), NM_E_LIMIT);
    CHECK_EQ(out.len, 0);
    /* Never read: the length alone decides. */
    CHECK_EQ(nm_zblock_deflate(deflater, nm_span_of("text", (size_t)UINT32_MAX + 1), &out),
             NM_E_LIMIT);
    CHECK_EQ(nm_zblock_inflate(inflater, nm_span_of(zeros->octets, zeros->len), LIMIT, &out, NULL),
             NM_E_LIMIT);
    nm_buffer_clear(&out);
    nm_inflater_free(inflater);
    nm_deflater_free(deflater);
}

static void
the_library_has_a_name(void)
{
    CHECK(strchr(nm_zblock_library(), ' ') != NULL);
}

static void
freeing_nothing_does_nothing(void)
{
    nm_inflater_free(NULL);
    nm_deflater_free(NULL);
    CHECK(true);
}

static void
both_ways_with_little_memory(failing_allocator *memory)
{
    nm_buffer block;
    nm_buffer back;
    nm_buffer_init(&block, LIMIT, &memory->allocator);
    nm_buffer_init(&back, LIMIT, &memory->allocator);
    nm_deflater *deflater = nm_deflater_new(NM_ZLEVEL_DEFAULT, &memory->allocator);
    nm_inflater *inflater = nm_inflater_new(&memory->allocator);
    CHECK((deflater != NULL && inflater != NULL) || memory->has_failed);
    if (deflater != NULL && inflater != NULL) {
        nm_error err = {.code = NM_OK};
        nm_span text = nm_span_of("some text", 9);
        nm_status status = nm_zblock_deflate(deflater, text, &block);
        if (status == NM_OK) {
            status = nm_zblock_inflate(inflater, nm_buffer_span(&block), LIMIT - 1, &back, &err);
            CHECK_EQ(err.code, status);
        }
        CHECK_EQ(status, memory->has_failed ? NM_E_NOMEM : NM_OK);
        block.len = 0;
        CHECK_EQ(nm_zblock_deflate(deflater, text, &block), NM_OK);
        CHECK_EQ(nm_zblock_inflate(inflater, nm_buffer_span(&block), LIMIT - 1, &back, NULL),
                 NM_OK);
        CHECK_SPAN(nm_buffer_span(&back), text);
    }
    nm_inflater_free(inflater);
    nm_deflater_free(deflater);
    nm_buffer_clear(&block);
    nm_buffer_clear(&back);
}

static void
every_allocation_may_fail(void)
{
    sweep_result result = failing_allocator_sweep(both_ways_with_little_memory, 1000);
    CHECK(result.is_complete);
    CHECK(result.failures >= 4);
    CHECK_EQ(result.leaks, 0);
}

CHECK_MAIN(CHECK_TEST(blocks_of_every_library_are_inflated),
           CHECK_TEST(what_was_deflated_comes_back),
           CHECK_TEST(a_block_is_appended_behind_what_is_there),
           CHECK_TEST(the_announced_length_must_be_exact),
           CHECK_TEST(octets_behind_the_stream_are_ignored), CHECK_TEST(a_cut_block_is_refused),
           CHECK_TEST(a_wrong_octet_of_the_checksum_is_noticed),
           CHECK_TEST(streams_of_other_kinds_are_refused),
           CHECK_TEST(an_inflater_goes_on_after_a_failure),
           CHECK_TEST(sizes_above_a_limit_are_refused), CHECK_TEST(the_library_has_a_name),
           CHECK_TEST(freeing_nothing_does_nothing), CHECK_TEST(every_allocation_may_fail))
