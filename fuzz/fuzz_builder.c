/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads of any sizes go through a builder and its frames through a decoder: they must come back,
 * all and in order, and no sequence number may be missing. A second builder is given what came
 * back, a container at a time, and must give the same frames.
 *
 * Input: one octet of options, two of the size of containers, then for each payload one octet of
 * kind and two of length. */
#include "base/cursor.h"
#include "fuzz.h"
#include "wire/builder.h"
#include "wire/decoder.h"
#include "wire/zblock.h"

enum {
    MAY_FRAGMENT = 0x01,
    HAS_SEQUENCE = 0x02,
    HAS_ZLIB = 0x04,
    IS_LARGE = 0x08, /* Sizes of containers in steps of 16 octets. */
};

enum {
    KIND_HAS = 0x0f, /* NM_HAS_… of the payload. */
    KIND_NOISE = 0x10,
    KIND_CLOSE = 0x20,       /* Close the container in front of it. */
    KIND_TOGGLE_ZLIB = 0x40, /* Then switch compression. */
    KIND_LARGE = 0x80,       /* Lengths in steps of 2 octets. */
};

enum {
    PAYLOADS_MAX = 256,
    OCTETS_MAX = 1 << 18, /* Of all messages of one input. */
};

typedef struct stream {
    nm_builder *builder;
    nm_builder *again; /* Adds what was decoded. */
    nm_decoder *decoder;
    nm_buffer frames;                  /* Of the builder, of one container. */
    nm_payload payloads[PAYLOADS_MAX]; /* Those added. */
    size_t added;
    size_t seen;
    uint64_t closed;
} stream;

static void
compare_payload(stream *s, const nm_payload *got)
{
    FUZZ_REQUIRE(s->seen < s->added);
    const nm_payload *sent = &s->payloads[s->seen++];
    FUZZ_REQUIRE(got->time_sec == sent->time_sec && got->time_nsec == sent->time_nsec);
    FUZZ_REQUIRE(got->vendor == sent->vendor && got->type == sent->type);
    FUZZ_REQUIRE((got->has & NM_HAS_FIELDS) == sent->has);
    FUZZ_REQUIRE(got->source == sent->source && got->operator == sent->operator);
    FUZZ_REQUIRE(got->group == sent->group);
    FUZZ_REQUIRE(nm_span_equal(got->data, sent->data));
}

/* What came back, all at once, is the same container. */
static void
write_again(stream *s, const nm_container *c)
{
    size_t added = 0;
    bool is_full = false;
    nm_span frame;
    size_t offset = 0;
    FUZZ_REQUIRE(nm_builder_add_run(s->again, c->payloads, c->count, &added, &is_full) == NM_OK);
    FUZZ_REQUIRE(added == c->count);
    FUZZ_REQUIRE(nm_builder_close(s->again) == NM_OK);
    while (nm_builder_next_frame(s->again, &frame) == NM_OK) {
        nm_span sent = nm_span_of(s->frames.data + offset, frame.len);
        FUZZ_REQUIRE(frame.len <= s->frames.len - offset && nm_span_equal(frame, sent));
        offset += frame.len;
    }
    FUZZ_REQUIRE(offset == s->frames.len);
}

static void
receive(stream *s, nm_span frame)
{
    const nm_arrival arrival = {.counts_sequence = true};
    const nm_container *c = NULL;
    nm_status status = nm_decoder_decode(s->decoder, frame, &arrival, &c, NULL);
    FUZZ_REQUIRE(status == NM_OK || status == NM_AGAIN);
    for (size_t i = 0; status == NM_OK && i < c->count; i++) {
        FUZZ_REQUIRE(nm_container_crc_fits(c, i));
        compare_payload(s, &c->payloads[i]);
    }
    FUZZ_REQUIRE(nm_buffer_append(&s->frames, frame) == NM_OK);
    if (status == NM_OK) {
        write_again(s, c);
        s->frames.len = 0;
    }
}

static void
close_container(stream *s)
{
    nm_span frame;
    nm_status status;
    s->closed += nm_builder_count(s->builder) > 0;
    while ((status = nm_builder_close(s->builder)) == NM_E_NOMEM) {
        FUZZ_REQUIRE(fuzz_memory_has_failed());
    }
    FUZZ_REQUIRE(status == NM_OK);
    while ((status = nm_builder_next_frame(s->builder, &frame)) != NM_END) {
        FUZZ_REQUIRE(status == NM_OK || (status == NM_E_NOMEM && fuzz_memory_has_failed()));
        if (status == NM_OK) {
            receive(s, frame);
        }
    }
    FUZZ_REQUIRE(nm_builder_count(s->builder) == 0);
    FUZZ_REQUIRE(s->seen == s->added);
}

static void
add_payload(stream *s, const nm_payload *p)
{
    bool is_full = false;
    nm_status status;
    while ((status = nm_builder_add(s->builder, p, &is_full)) != NM_OK) {
        FUZZ_REQUIRE(status == NM_FULL || (status == NM_E_NOMEM && fuzz_memory_has_failed()));
        if (status == NM_FULL) {
            FUZZ_REQUIRE(nm_builder_count(s->builder) > 0);
            close_container(s);
        }
    }
    s->payloads[s->added++] = *p;
    if (is_full) {
        close_container(s);
    }
}

static nm_payload
payload_of(unsigned kind, size_t len, size_t number)
{
    nm_payload p = {
        .time_sec = (int64_t)((uint64_t)len << 50) / 3,
        .time_nsec = (uint32_t)number,
        .vendor = 1,
        .type = (uint32_t)(len * len),
        .has = kind & KIND_HAS,
    };
    p.source = (p.has & NM_HAS_SOURCE) != 0 ? (uint32_t)len << 13 : 0;
    p.operator = (p.has & NM_HAS_OPERATOR) != 0 ? (uint32_t)number - 1 : 0;
    p.group = (p.has & NM_HAS_GROUP) != 0 ? (uint32_t)len % 3 : 0;
    if ((p.has & NM_HAS_DATA) != 0) {
        p.data = fuzz_octets((kind & KIND_NOISE) != 0, (kind & KIND_LARGE) != 0 ? 2 * len : len);
    }
    return p;
}

static void
run(stream *s, nm_cursor *c, bool has_zlib)
{
    size_t octets = 0;
    nm_builder_set_zlib(s->builder, has_zlib, NM_ZLEVEL_MIN);
    nm_builder_set_zlib(s->again, has_zlib, NM_ZLEVEL_MIN);
    while (nm_cursor_left(c) > 0 && s->added < PAYLOADS_MAX) {
        unsigned kind = nm_cursor_u8(c);
        nm_payload p = payload_of(kind, nm_cursor_be16(c), s->added);
        octets += p.data.len;
        if (octets > OCTETS_MAX) {
            break;
        }
        if ((kind & (KIND_CLOSE | KIND_TOGGLE_ZLIB)) != 0) {
            close_container(s);
        }
        if ((kind & KIND_TOGGLE_ZLIB) != 0) {
            has_zlib = !has_zlib;
            nm_builder_set_zlib(s->builder, has_zlib, NM_ZLEVEL_DEFAULT);
            nm_builder_set_zlib(s->again, has_zlib, NM_ZLEVEL_DEFAULT);
        }
        add_payload(s, &p);
    }
    close_container(s);
    nm_decoder_counts counts = nm_decoder_counts_get(s->decoder);
    FUZZ_REQUIRE(counts.containers == s->closed);
    FUZZ_REQUIRE(counts.sequence_lost == 0 && counts.fragments_lost == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nm_cursor c = nm_cursor_init(nm_span_of(data, size));
    unsigned options = nm_cursor_u8(&c);
    size_t container_len = nm_cursor_be16(&c);
    const nm_builder_options builder_options = {
        .container_len = (options & IS_LARGE) != 0 ? container_len * 16 : container_len,
        .may_fragment = (options & MAY_FRAGMENT) != 0,
        .has_sequence = (options & HAS_SEQUENCE) != 0,
        .sequence_id = container_len,
        .fragment_seed = size,
    };
    static stream s; /* Too large for the stack. */
    s = (stream){.builder = nm_builder_new(&builder_options, fuzz_memory_begin())};
    FUZZ_REQUIRE(s.builder != NULL || fuzz_memory_has_failed());
    if (s.builder != NULL) {
        s.decoder = nm_decoder_new(&nm_limits_default, 1, &nm_allocator_heap);
        s.again = nm_builder_new(&builder_options, &nm_allocator_heap);
        nm_buffer_init(&s.frames, SIZE_MAX / 2, &nm_allocator_heap);
        FUZZ_REQUIRE(s.decoder != NULL && s.again != NULL);
        run(&s, &c, (options & HAS_ZLIB) != 0);
    }
    nm_decoder_free(s.decoder);
    nm_builder_free(s.again);
    nm_builder_free(s.builder);
    nm_buffer_clear(&s.frames);
    fuzz_memory_end();
    return 0;
}
