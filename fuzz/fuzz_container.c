/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of containers from several senders through one decoder.
 *
 * Input: one octet of options, then for each container one octet that says from whom and when, two
 * octets of length, and its octets. */
#include "base/cursor.h"
#include "fuzz.h"
#include "wire/decoder.h"
#include "wire/header.h"

enum {
    ACCEPTS_V1 = 0x01,
    COUNTS_SEQUENCE = 0x02,
    HAS_TIGHT_LIMITS = 0x04,
    REPAIRS_LENGTH = 0x08, /* So that a change of length does not end at the length field. */
};

static const nm_limits generous = {
    .container_len = 1U << 20,
    .inflated_len = 1U << 20,
    .fragments_per_set = 65536,
    .fragment_sets = 64,
    .fragment_len = 1U << 20,
    .sequence_sources = 4096,
};

static const nm_limits tight = {
    .container_len = 400,
    .inflated_len = 600,
    .fragments_per_set = 8,
    .fragment_sets = 2,
    .fragment_len = 1000,
    .sequence_sources = 2,
};

static void
require_same_payload(const nm_payload *a, const nm_payload *b)
{
    FUZZ_REQUIRE(a->time_sec == b->time_sec && a->time_nsec == b->time_nsec);
    FUZZ_REQUIRE(a->vendor == b->vendor && a->type == b->type);
    FUZZ_REQUIRE((a->has & NM_HAS_FIELDS) == (b->has & NM_HAS_FIELDS));
    FUZZ_REQUIRE(a->source == b->source && a->operator == b->operator && a->group == b->group);
    FUZZ_REQUIRE(nm_span_equal(a->data, b->data));
}

/* Whatever was decoded can be written, and is the same when read again. */
static void
check_container(const nm_container *c)
{
    nm_buffer out;
    nm_buffer_init(&out, 2U << 20, &nm_allocator_heap);
    FUZZ_REQUIRE(c->count == 0 || c->payloads != NULL);
    for (size_t i = 0; i < c->count; i++) {
        nm_payload back;
        FUZZ_REQUIRE((c->payloads[i].has & NM_HAS_CRC) == 0 ||
                     c->payloads[i].crc == nm_payload_crc(c->payloads[i].data));
        out.len = 0;
        nm_payload plain = c->payloads[i];
        plain.record.len = 0;
        FUZZ_REQUIRE(nm_payload_encode(&plain, &out) == NM_OK);
        FUZZ_REQUIRE(out.len == nm_payload_encoded_len(&plain));
        FUZZ_REQUIRE(c->payloads[i].record.len == 0 ||
                     nm_span_equal(c->payloads[i].record, nm_buffer_span(&out)));
        FUZZ_REQUIRE(nm_payload_decode(nm_buffer_span(&out), &back, NULL) == NM_OK);
        require_same_payload(&back, &c->payloads[i]);
    }
    nm_buffer_clear(&out);
}

static void
check_status(nm_status status, const nm_error *err)
{
    switch (status) {
    case NM_OK:
    case NM_AGAIN:
        return;
    case NM_E_NOMEM:
        FUZZ_REQUIRE(fuzz_memory_has_failed());
        break;
    case NM_E_MAGIC:
    case NM_E_VERSION:
    case NM_E_TRUNCATED:
    case NM_E_LENGTH:
    case NM_E_LIMIT:
    case NM_E_PARSE:
    case NM_E_INFLATE:
    case NM_E_FRAGMENT:
    case NM_E_CRC:
        break;
    default:
        FUZZ_REQUIRE(!"a status that the header does not name");
    }
    FUZZ_REQUIRE(err->code == status);
    FUZZ_REQUIRE(memchr(err->message, '\0', sizeof err->message) != NULL);
}

static void
decode_one(nm_decoder *d, nm_span in, const nm_arrival *arrival)
{
    const nm_container *c = NULL;
    nm_error err = {.code = NM_OK};
    nm_decoder_counts before = nm_decoder_counts_get(d);
    nm_status status = nm_decoder_decode(d, in, arrival, &c, &err);
    nm_decoder_counts after = nm_decoder_counts_get(d);

    check_status(status, &err);
    FUZZ_REQUIRE((status == NM_OK) == (c != NULL));
    FUZZ_REQUIRE(after.containers == before.containers + (status == NM_OK));
    FUZZ_REQUIRE(after.sequence_lost - before.sequence_lost <= 1048576);
    FUZZ_REQUIRE(after.sequence_lost == before.sequence_lost || arrival->counts_sequence);
    FUZZ_REQUIRE(after.fragments_lost >= before.fragments_lost);
    if (status == NM_OK) {
        check_container(c);
    }
}

static void
repair_length(uint8_t *octets, size_t len)
{
    nm_header header;
    if (len >= NM_HEADER_LEN && nm_header_decode(nm_span_of(octets, len), &header, NULL) == NM_OK &&
        header.version == 2) {
        nm_header_encode(octets[4], (uint32_t)(len - NM_HEADER_LEN), octets);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nm_cursor c = nm_cursor_init(nm_span_of(data, size));
    unsigned options = nm_cursor_u8(&c);
    nm_arrival arrival = {
        .accepts_v1 = (options & ACCEPTS_V1) != 0,
        .counts_sequence = (options & COUNTS_SEQUENCE) != 0,
    };
    const nm_allocator *memory = fuzz_memory_begin();
    nm_decoder *d =
        nm_decoder_new((options & HAS_TIGHT_LIMITS) != 0 ? &tight : &generous, 1, memory);
    FUZZ_REQUIRE(d != NULL || fuzz_memory_has_failed());
    while (d != NULL && nm_cursor_left(&c) > 0) {
        unsigned from = nm_cursor_u8(&c);
        size_t len = nm_cursor_be16(&c);
        len = len < nm_cursor_left(&c) ? len : nm_cursor_left(&c);
        nm_span in = nm_cursor_take(&c, len);
        uint8_t *octets = malloc(len > 0 ? len : 1); /* Its end is the end of the container. */
        FUZZ_REQUIRE(octets != NULL);
        memcpy(octets, in.data, len);
        if ((options & REPAIRS_LENGTH) != 0) {
            repair_length(octets, len);
        }
        arrival.sender.address[15] = from & 3;
        arrival.sender.family = (from & 4) != 0 ? 6 : 4;
        arrival.now_sec += from >> 3;
        decode_one(d, nm_span_of(octets, len), &arrival);
        free(octets);
    }
    nm_decoder_free(d);
    fuzz_memory_end();
    return 0;
}
