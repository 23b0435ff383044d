/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/decoder.h"

#include "check.h"
#include "failing_allocator.h"
#include "octets.h"
#include "wire/zblock.h"

enum { ZLIB = 1, FRAGMENT = 2 };

static const nm_arrival from_file = {.accepts_v1 = true};
static const nm_arrival from_socket = {
    .sender = {.address = {192, 0, 2, 1}, .port = 9430, .family = 4},
    .now_sec = 1000,
    .counts_sequence = true,
};

/* Body with one payload of type 6 around `message`, numbered where `sequence` is not negative. */
static void
put_body(octets *o, const char *message, int64_t sequence)
{
    octets record = {0};
    octets_number(&record, 1, 1);
    octets_number(&record, 2, 6);
    octets_number(&record, 3, 1700000000);
    octets_fixed32(&record, 4, 0);
    octets_text(&record, 5, message);
    octets_bytes(o, 1, octets_span(&record));
    octets_number(o, 2, nm_payload_crc(nm_span_of(message, strlen(message))));
    if (sequence >= 0) {
        octets_number(o, 3, (uint64_t)sequence);
        octets_number(o, 4, 77);
    }
    octets_free(&record);
}

/* The compressed block of `body`, one stored block of deflate. */
static void
put_zblock(octets *o, nm_span body)
{
    uint32_t a = 1;
    uint32_t b = 0;
    octets_be(o, body.len, 4);
    octets_put(o, "\x78\x01\x01", 3);
    octets_le(o, body.len, 2);
    octets_le(o, ~body.len & 0xffff, 2);
    octets_put_span(o, body);
    for (size_t i = 0; i < body.len; i++) {
        a = (a + body.data[i]) % 65521;
        b = (b + a) % 65521;
    }
    octets_be(o, b << 16 | a, 4);
}

/* Container with fragment `current` of `whole` cut to `piece_len`. */
static void
put_fragment(octets *o, unsigned flags, nm_span whole, size_t piece_len, uint32_t id,
             uint32_t current)
{
    octets record = {0};
    octets_number(&record, 1, id);
    octets_number(&record, 2, current);
    octets_number(&record, 3, (whole.len + piece_len - 1) / piece_len - 1);
    octets_bytes(&record, 4, octets_piece(whole, piece_len, current));
    octets_number(&record, 5, nm_payload_crc(whole));
    octets_container(o, flags | FRAGMENT, octets_span(&record));
    octets_free(&record);
}

static nm_decoder *
new_decoder(void)
{
    return nm_decoder_new(&nm_limits_default, 4711, &nm_allocator_heap);
}

/* True when the container has one payload with this message and a CRC that fits. */
static bool
holds(const nm_container *c, const char *message)
{
    return c->count == 1 && nm_container_crc_fits(c, 0) &&
           nm_span_equal(c->payloads[0].data, nm_span_of(message, strlen(message)));
}

static void
containers_of_all_kinds_are_decoded(void)
{
    octets body = {0};
    octets zblock = {0};
    octets in[4] = {{0}};
    put_body(&body, "message", -1);
    put_zblock(&zblock, octets_span(&body));
    octets_container(&in[0], 0, octets_span(&body));
    octets_container(&in[1], ZLIB, octets_span(&zblock));
    octets_container(&in[2], 0xfc, octets_span(&body));
    octets_put(&in[3], "NMSG\x00\x01", 6);
    octets_be(&in[3], body.len, 2);
    octets_put_span(&in[3], octets_span(&body));
    static const char *const names[] = {"plain", "compressed", "unknown flags", "version 1"};
    for (size_t i = 0; i < CHECK_COUNT(names); i++) {
        CHECK_CASE(names[i]);
        nm_decoder *d = new_decoder();
        const nm_container *c = NULL;
        CHECK_EQ(nm_decoder_decode(d, octets_span(&in[i]), &from_file, &c, NULL), NM_OK);
        CHECK(c != NULL && holds(c, "message"));
        CHECK_EQ(nm_decoder_counts_get(d).containers, 1);
        nm_decoder_free(d);
        octets_free(&in[i]);
    }
    octets_free(&zblock);
    octets_free(&body);
}

static void
version_1_is_for_files_only(void)
{
    nm_decoder *d = new_decoder();
    const nm_container *c = NULL;
    nm_error err = {.code = NM_OK};
    nm_span in = nm_span_of("NMSG\x00\x01\x00\x00", 8);
    CHECK_EQ(nm_decoder_decode(d, in, &from_file, &c, NULL), NM_OK);
    CHECK_EQ(c->count, 0);
    CHECK_EQ(nm_decoder_decode(d, in, &from_socket, &c, &err), NM_E_VERSION);
    CHECK_EQ(err.offset, 4);
    CHECK_EQ(nm_decoder_counts_get(d).containers, 1);
    nm_decoder_free(d);
}

static void
containers_without_payloads_are_no_failure(void)
{
    static const struct {
        const char *name;
        const char *octets;
        size_t len;
    } rows[] = {
        {"empty body", "NMSG\x00\x02\x00\x00\x00\x00", 10},
        {"CRCs only", "NMSG\x00\x02\x00\x00\x00\x02\x10\x05", 12},
        {"compressed nothing",
         "NMSG\x01\x02\x00\x00\x00\x0c\x00\x00\x00\x00\x78\x9c\x03\x00\x00\x00\x00\x01", 22},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_decoder *d = new_decoder();
        const nm_container *c = NULL;
        CHECK_EQ(
            nm_decoder_decode(d, nm_span_of(rows[i].octets, rows[i].len), &from_socket, &c, NULL),
            NM_OK);
        CHECK(c != NULL && c->count == 0);
        nm_decoder_free(d);
    }
}

/* Each is told by its status, and what stands around it arrives. */
static void
bad_containers_are_named_and_the_next_is_decoded(void)
{
    static const struct {
        const char *name;
        const char *octets;
        size_t len;
        nm_status status;
    } rows[] = {
        {"nothing", "", 0, NM_E_TRUNCATED},
        {"cut header", "NMSG\x00\x02\x00\x00\x00", 9, NM_E_TRUNCATED},
        {"other magic", "GARBAGE....", 11, NM_E_MAGIC},
        {"version 3", "NMSG\x00\x03\x00\x00\x00\x00", 10, NM_E_VERSION},
        {"length field too large", "NMSG\x00\x02\x00\x00\x00\x01", 10, NM_E_LENGTH},
        {"length field too small", "NMSG\x00\x02\x00\x00\x00\x00\x10", 11, NM_E_LENGTH},
        {"length of 4 GiB", "NMSG\x00\x02\xff\xff\xff\xff\x10\x01", 12, NM_E_LENGTH},
        {"malformed body", "NMSG\x00\x02\x00\x00\x00\x02\x0a\x05", 12, NM_E_PARSE},
        {"payload without fields", "NMSG\x00\x02\x00\x00\x00\x02\x0a\x00", 12, NM_E_PARSE},
        {"block without its length", "NMSG\x01\x02\x00\x00\x00\x03\x00\x00\x00", 13, NM_E_PARSE},
        {"block without a stream", "NMSG\x01\x02\x00\x00\x00\x04\x00\x00\x00\x05", 14,
         NM_E_INFLATE},
        {"block that announces 4 GiB",
         "NMSG\x01\x02\x00\x00\x00\x0c\xff\xff\xff\xff\x78\x9c\x03\x00\x00\x00\x00\x01", 22,
         NM_E_LIMIT},
        {"compressed malformed body",
         "NMSG\x01\x02\x00\x00\x00\x11\x00\x00\x00\x02"
         "\x78\x01\x01\x02\x00\xfd\xff\x0a\x05\x00\x1b\x00\x10",
         27, NM_E_PARSE},
        {"fragment without fields", "NMSG\x02\x02\x00\x00\x00\x00", 10, NM_E_PARSE},
        {"fragment 2 of 1", "NMSG\x02\x02\x00\x00\x00\x09\x08\x01\x10\x02\x18\x01\x22\x01\x61", 19,
         NM_E_FRAGMENT},
        {"fragment of 2^32 pieces",
         "NMSG\x02\x02\x00\x00\x00\x0d\x08\x01\x10\x00\x18\xff\xff\xff\xff\x0f\x22\x01\x61", 23,
         NM_E_LIMIT},
        {"fragment without octets", "NMSG\x02\x02\x00\x00\x00\x08\x08\x01\x10\x00\x18\x01\x22\x00",
         18, NM_E_FRAGMENT},
        {"fragments with a wrong CRC",
         "NMSG\x02\x02\x00\x00\x00\x0b\x08\x01\x10\x00\x18\x00\x22\x01\x61\x28\x05", 21, NM_E_CRC},
        {"fragmented malformed body",
         "NMSG\x02\x02\x00\x00\x00\x0a\x08\x01\x10\x00\x18\x00\x22\x02\x0a\x05", 20, NM_E_PARSE},
        {"fragmented bad block",
         "NMSG\x03\x02\x00\x00\x00\x0a\x08\x01\x10\x00\x18\x00\x22\x02\x0a\x05", 20, NM_E_PARSE},
    };
    octets body = {0};
    octets good = {0};
    put_body(&body, "good", -1);
    octets_container(&good, 0, octets_span(&body));
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_decoder *d = new_decoder();
        const nm_container *c = NULL;
        nm_error err = {.code = NM_OK};
        octets in = {0}; /* On the heap, so that a read beyond its end is noticed. */
        octets_put(&in, rows[i].octets, rows[i].len);
        CHECK_EQ(nm_decoder_decode(d, octets_span(&in), &from_socket, &c, &err), rows[i].status);
        CHECK_EQ(err.code, rows[i].status);
        CHECK(strlen(err.message) > 0);
        CHECK(c == NULL); /* Written on success only. */
        CHECK_EQ(nm_decoder_counts_get(d).containers, 0);
        CHECK_EQ(nm_decoder_decode(d, octets_span(&in), &from_socket, &c, NULL), rows[i].status);
        CHECK_EQ(nm_decoder_decode(d, octets_span(&good), &from_socket, &c, NULL), NM_OK);
        CHECK(c != NULL && holds(c, "good"));
        nm_decoder_free(d);
        octets_free(&in);
    }
    octets_free(&good);
    octets_free(&body);
}

static void
limits_are_kept(void)
{
    octets body = {0};
    octets zblock = {0};
    octets plain = {0};
    octets compressed = {0};
    put_body(&body, "a message of some length", -1);
    put_zblock(&zblock, octets_span(&body));
    octets_container(&plain, 0, octets_span(&body));
    octets_container(&compressed, ZLIB, octets_span(&zblock));
    const struct {
        const char *name;
        const octets *in;
        size_t container_len;
        size_t inflated_len;
        nm_status status;
    } rows[] = {
        {"container of exactly the limit", &plain, body.len, 0, NM_OK},
        {"container above it", &plain, body.len - 1, 0, NM_E_LIMIT},
        {"inflated body of exactly the limit", &compressed, zblock.len, body.len, NM_OK},
        {"inflated body above it", &compressed, zblock.len, body.len - 1, NM_E_LIMIT},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_limits limits = nm_limits_default;
        limits.container_len = rows[i].container_len;
        limits.inflated_len = rows[i].inflated_len;
        nm_decoder *d = nm_decoder_new(&limits, 1, &nm_allocator_heap);
        const nm_container *c = NULL;
        CHECK_EQ(nm_decoder_decode(d, octets_span(rows[i].in), &from_socket, &c, NULL),
                 rows[i].status);
        nm_decoder_free(d);
    }
    octets_free(&body);
    octets_free(&zblock);
    octets_free(&plain);
    octets_free(&compressed);
}

static void
octets_behind_the_compressed_stream_are_ignored(void)
{
    octets body = {0};
    octets zblock = {0};
    octets in = {0};
    put_body(&body, "message", -1);
    put_zblock(&zblock, octets_span(&body));
    octets_put(&zblock, "trailing", 8);
    octets_container(&in, ZLIB, octets_span(&zblock));
    nm_decoder *d = new_decoder();
    const nm_container *c = NULL;
    CHECK_EQ(nm_decoder_decode(d, octets_span(&in), &from_socket, &c, NULL), NM_OK);
    CHECK(c != NULL && holds(c, "message"));
    nm_decoder_free(d);
    octets_free(&body);
    octets_free(&zblock);
    octets_free(&in);
}

/* 16 MiB of zeros in 16 KiB are inflated, are no container, and harm nobody; a body that says it is
 * larger costs nothing. */
static void
a_bomb_is_refused(void)
{
    octets in = {0};
    nm_deflater *deflater = nm_deflater_new(NM_ZLEVEL_MAX, &nm_allocator_heap);
    nm_buffer block;
    nm_buffer_init(&block, 32U << 20, &nm_allocator_heap);
    octets zeros = {0};
    octets_fill(&zeros, 0, 16U << 20);
    CHECK_EQ(nm_zblock_deflate(deflater, octets_span(&zeros), &block), NM_OK);
    octets_container(&in, ZLIB, nm_buffer_span(&block));
    failing_allocator memory;
    failing_allocator_init(&memory, 0);
    nm_decoder *d = nm_decoder_new(&nm_limits_default, 1, &memory.allocator);
    const nm_container *c = NULL;
    CHECK_EQ(nm_decoder_decode(d, octets_span(&in), &from_socket, &c, NULL), NM_E_PARSE);

    size_t calls = memory.calls;
    memset(in.data + 10, 0xff, 4);
    CHECK_EQ(nm_decoder_decode(d, octets_span(&in), &from_socket, &c, NULL), NM_E_LIMIT);
    CHECK_EQ(memory.calls, calls);
    nm_decoder_free(d);
    CHECK_EQ(memory.live, 0);
    nm_buffer_clear(&block);
    nm_deflater_free(deflater);
    octets_free(&zeros);
    octets_free(&in);
}

static void
fragments_are_joined(void)
{
    static const struct {
        const char *name;
        unsigned flags;
        unsigned final_flags;
        nm_status status;
    } rows[] = {
        {"plain", 0, 0, NM_OK},
        {"compressed", ZLIB, ZLIB, NM_OK},
        {"the flags of the last received decide", 0, ZLIB, NM_OK},
        {"the flags of the last received decide, wrongly", ZLIB, 0, NM_E_PARSE},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        octets body = {0};
        octets whole = {0};
        put_body(&body, "a message that is cut into pieces", -1);
        if (((rows[i].flags | rows[i].final_flags) & ZLIB) != 0) {
            put_zblock(&whole, octets_span(&body));
        } else {
            octets_put_span(&whole, octets_span(&body));
        }
        nm_decoder *d = new_decoder();
        const nm_container *c = NULL;
        uint32_t last = (uint32_t)((whole.len + 9) / 10) - 1;
        for (uint32_t k = 0; k <= last; k++) {
            octets in = {0};
            put_fragment(&in, k < last ? rows[i].flags : rows[i].final_flags, octets_span(&whole),
                         10, 5, last - k);
            CHECK_EQ(nm_decoder_decode(d, octets_span(&in), &from_socket, &c, NULL),
                     k < last ? NM_AGAIN : rows[i].status);
            octets_free(&in);
        }
        CHECK((c != NULL && holds(c, "a message that is cut into pieces")) ==
              (rows[i].status == NM_OK));
        CHECK_EQ(nm_decoder_counts_get(d).containers, rows[i].status == NM_OK);
        nm_decoder_free(d);
        octets_free(&whole);
        octets_free(&body);
    }
}

static void
fragments_and_whole_containers_interleave(void)
{
    octets body = {0};
    octets plain_body = {0};
    octets plain = {0};
    put_body(&body, "in pieces", -1);
    put_body(&plain_body, "whole", -1);
    octets_container(&plain, 0, octets_span(&plain_body));
    nm_decoder *d = new_decoder();
    const nm_container *c = NULL;
    uint32_t last = (uint32_t)((body.len + 7) / 8) - 1;
    for (uint32_t k = 0; k <= last; k++) {
        octets in = {0};
        put_fragment(&in, 0, octets_span(&body), 8, 5, k);
        CHECK_EQ(nm_decoder_decode(d, octets_span(&in), &from_socket, &c, NULL),
                 k < last ? NM_AGAIN : NM_OK);
        if (k < last) {
            CHECK_EQ(nm_decoder_decode(d, octets_span(&plain), &from_socket, &c, NULL), NM_OK);
            CHECK(holds(c, "whole"));
        }
        octets_free(&in);
    }
    CHECK(holds(c, "in pieces"));
    CHECK_EQ(nm_decoder_counts_get(d).fragments_lost, 0);
    nm_decoder_free(d);
    octets_free(&body);
    octets_free(&plain_body);
    octets_free(&plain);
}

static void
fragments_that_never_complete_are_counted(void)
{
    octets body = {0};
    octets in = {0};
    octets other = {0};
    put_body(&body, "in pieces", -1);
    put_fragment(&in, 0, octets_span(&body), 8, 1, 0);
    put_fragment(&other, 0, octets_span(&body), 8, 2, 0);
    nm_arrival later = from_socket;
    later.now_sec += 31;
    nm_decoder *d = new_decoder();
    const nm_container *c = NULL;
    CHECK_EQ(nm_decoder_counts_get(d).fragments_lost, 0);
    CHECK_EQ(nm_decoder_decode(d, octets_span(&in), &from_socket, &c, NULL), NM_AGAIN);
    CHECK_EQ(nm_decoder_decode(d, octets_span(&other), &later, &c, NULL), NM_AGAIN);
    CHECK_EQ(nm_decoder_counts_get(d).fragments_lost, 1);
    nm_decoder_free(d);
    octets_free(&body);
    octets_free(&in);
    octets_free(&other);
}

static void
decode_numbered(nm_decoder *d, int64_t sequence, const nm_arrival *arrival)
{
    octets body = {0};
    octets in = {0};
    const nm_container *c = NULL;
    put_body(&body, "numbered", sequence);
    octets_container(&in, 0, octets_span(&body));
    CHECK_EQ(nm_decoder_decode(d, octets_span(&in), arrival, &c, NULL), NM_OK);
    octets_free(&in);
    octets_free(&body);
}

static void
sequence_numbers_are_accounted_for(void)
{
    static const int64_t sequences[] = {10, 11, 9, 12, 13};
    nm_decoder *d = new_decoder();
    for (size_t i = 0; i < CHECK_COUNT(sequences); i++) {
        decode_numbered(d, sequences[i], &from_socket);
        decode_numbered(d, -1, &from_socket); /* Without a number: not accounted for. */
    }
    CHECK_EQ(nm_decoder_counts_get(d).sequence_lost, 2);
    CHECK_EQ(nm_decoder_counts_get(d).containers, 10);

    nm_arrival other = from_socket;
    other.sender.port++;
    decode_numbered(d, 100, &other);
    decode_numbered(d, 103, &other);
    CHECK_EQ(nm_decoder_counts_get(d).sequence_lost, 4);
    nm_decoder_free(d);
}

static void
sequence_numbers_in_files_mean_nothing(void)
{
    nm_decoder *d = new_decoder();
    decode_numbered(d, 1, &from_file);
    decode_numbered(d, 5, &from_file);
    CHECK_EQ(nm_decoder_counts_get(d).sequence_lost, 0);
    nm_decoder_free(d);
}

static void
a_fragmented_container_has_one_sequence_number(void)
{
    octets body = {0};
    put_body(&body, "numbered and in pieces", 2);
    nm_decoder *d = new_decoder();
    const nm_container *c = NULL;
    decode_numbered(d, 1, &from_socket);
    uint32_t last = (uint32_t)((body.len + 9) / 10) - 1;
    for (uint32_t k = 0; k <= last; k++) {
        octets in = {0};
        put_fragment(&in, 0, octets_span(&body), 10, 5, k);
        CHECK_EQ(nm_decoder_decode(d, octets_span(&in), &from_socket, &c, NULL),
                 k < last ? NM_AGAIN : NM_OK);
        octets_free(&in);
    }
    decode_numbered(d, 3, &from_socket);
    CHECK_EQ(nm_decoder_counts_get(d).sequence_lost, 0);
    CHECK_EQ(nm_decoder_counts_get(d).containers, 3);
    nm_decoder_free(d);
    octets_free(&body);
}

static void
freeing_nothing_does_nothing(void)
{
    nm_decoder_free(NULL);
    CHECK(true);
}

/* Decode until it works; a failed allocation may cost one more call, and of a set of fragments all
 * that was there. */
static void
decode_with_little_memory(failing_allocator *memory)
{
    nm_decoder *d = nm_decoder_new(&nm_limits_default, 1, &memory->allocator);
    if (d == NULL) {
        CHECK(memory->has_failed);
        return;
    }
    octets body = {0};
    octets zblock = {0};
    put_body(&body, "a message for little memory", 1);
    put_zblock(&zblock, octets_span(&body));
    uint32_t last = (uint32_t)((zblock.len + 29) / 30) - 1;
    const nm_container *c = NULL;
    nm_status status = NM_AGAIN;
    unsigned failed = 0;
    for (int round = 0; round < 2 && status != NM_OK; round++) {
        for (uint32_t k = 0; k <= last && status != NM_OK; k++) {
            octets in = {0};
            nm_error err = {.code = NM_OK};
            put_fragment(&in, ZLIB, octets_span(&zblock), 30, 5, k);
            status = nm_decoder_decode(d, octets_span(&in), &from_socket, &c, &err);
            CHECK(status == NM_OK || status == NM_AGAIN || status == NM_E_NOMEM);
            failed += status == NM_E_NOMEM;
            CHECK(status != NM_E_NOMEM || err.code == NM_E_NOMEM);
            octets_free(&in);
        }
    }
    for (uint32_t k = 0; k <= last && status != NM_OK; k++) { /* The rest of a set begun above. */
        octets in = {0};
        put_fragment(&in, ZLIB, octets_span(&zblock), 30, 5, k);
        status = nm_decoder_decode(d, octets_span(&in), &from_socket, &c, NULL);
        octets_free(&in);
    }
    CHECK_EQ(failed, memory->has_failed ? 1 : 0);
    CHECK_EQ(status, NM_OK);
    CHECK(c != NULL && holds(c, "a message for little memory"));
    CHECK_EQ(nm_decoder_counts_get(d).containers, 1);
    nm_decoder_free(d);
    octets_free(&body);
    octets_free(&zblock);
}

static void
every_allocation_may_fail(void)
{
    sweep_result result = failing_allocator_sweep(decode_with_little_memory, 1000);
    CHECK(result.is_complete);
    CHECK(result.failures > 10);
    CHECK_EQ(result.leaks, 0);
}

CHECK_MAIN(CHECK_TEST(containers_of_all_kinds_are_decoded), CHECK_TEST(version_1_is_for_files_only),
           CHECK_TEST(containers_without_payloads_are_no_failure),
           CHECK_TEST(bad_containers_are_named_and_the_next_is_decoded),
           CHECK_TEST(limits_are_kept), CHECK_TEST(octets_behind_the_compressed_stream_are_ignored),
           CHECK_TEST(a_bomb_is_refused), CHECK_TEST(fragments_are_joined),
           CHECK_TEST(fragments_and_whole_containers_interleave),
           CHECK_TEST(fragments_that_never_complete_are_counted),
           CHECK_TEST(sequence_numbers_are_accounted_for),
           CHECK_TEST(sequence_numbers_in_files_mean_nothing),
           CHECK_TEST(a_fragmented_container_has_one_sequence_number),
           CHECK_TEST(freeing_nothing_does_nothing), CHECK_TEST(every_allocation_may_fail))
