/* SPDX-License-Identifier: Apache-2.0 */
/* Fragment records and their reassembly.
 *
 * Input: one octet of options. With IS_ORDERLY, then a description of a container that is cut and
 * sent by the rules in any order, and must come back when its last piece is there. Else records,
 * each behind one octet that says from whom and when and one of length, go into a table with tight
 * limits. */
#include "base/cursor.h"
#include "fuzz.h"
#include "wire/container.h"
#include "wire/fragment.h"

enum {
    IS_ORDERLY = 0x01,
    HAS_NO_CRC = 0x02,          /* Of orderly ones. */
    COUNTS_ONE_TOO_MANY = 0x04, /* As some writers do, where the last piece is full. */
    IS_FROM_NOISE = 0x08,
};

enum { WHOLE_MAX = 3000 };

static const nm_limits tight = {
    .container_len = 500,
    .fragments_per_set = 100,
    .fragment_sets = 3,
    .fragment_len = 2000,
};

static void
require_record_round_trip(const nm_fragment *f)
{
    nm_fragment back;
    nm_buffer out;
    nm_buffer_init(&out, 100000, &nm_allocator_heap);
    FUZZ_REQUIRE(nm_fragment_encode(f, &out) == NM_OK);
    FUZZ_REQUIRE(nm_fragment_decode(nm_buffer_span(&out), &back, NULL) == NM_OK);
    FUZZ_REQUIRE(f->id == back.id && f->current == back.current && f->last == back.last);
    FUZZ_REQUIRE(f->has_crc == back.has_crc && f->crc == back.crc);
    FUZZ_REQUIRE(nm_span_equal(f->data, back.data));
    nm_buffer_clear(&out);
}

static void
add_wild(nm_reassembler *r, const nm_fragment *f, const nm_sender *sender, int64_t now,
         nm_buffer *out)
{
    nm_error err = {.code = NM_OK};
    uint64_t lost = nm_reassembler_lost(r);
    nm_status status = nm_reassembler_add(r, f, sender, now, out, &err);
    switch (status) {
    case NM_OK:
        FUZZ_REQUIRE(out->len > 0 && out->len <= tight.container_len);
        FUZZ_REQUIRE(f->crc == 0 || nm_payload_crc(nm_buffer_span(out)) == f->crc);
        break;
    case NM_AGAIN:
        break;
    case NM_E_NOMEM:
        FUZZ_REQUIRE(fuzz_memory_has_failed());
        break;
    case NM_E_CRC:
        FUZZ_REQUIRE(nm_reassembler_lost(r) > lost);
        break;
    case NM_E_LIMIT:
    case NM_E_FRAGMENT:
        break;
    default:
        FUZZ_REQUIRE(!"a status that the header does not name");
    }
    FUZZ_REQUIRE(status == NM_OK || status == NM_AGAIN || err.code == status);
    FUZZ_REQUIRE(f->last < tight.fragments_per_set || status == NM_E_LIMIT);
    FUZZ_REQUIRE(nm_reassembler_lost(r) - lost <= tight.fragment_sets + 1);
}

static void
run_wild(nm_cursor *c, const nm_allocator *memory)
{
    nm_reassembler *r = nm_reassembler_new(&tight, 1, memory);
    nm_sender sender = {.family = 4};
    int64_t now = 0;
    nm_buffer out;
    nm_buffer_init(&out, tight.container_len, memory);
    FUZZ_REQUIRE(r != NULL || fuzz_memory_has_failed());
    while (r != NULL && nm_cursor_left(c) > 0) {
        unsigned from = nm_cursor_u8(c);
        size_t len = nm_cursor_u8(c);
        nm_span record = nm_cursor_take(c, len < nm_cursor_left(c) ? len : nm_cursor_left(c));
        nm_fragment f;
        sender.port = from & 3;
        now += from >> 3;
        if (nm_fragment_decode(record, &f, NULL) == NM_OK) {
            require_record_round_trip(&f);
            add_wild(r, &f, &sender, now, &out);
        }
    }
    nm_buffer_clear(&out);
    nm_reassembler_free(r);
}

/* A container that is sent by the rules. */
typedef struct orderly {
    nm_span whole;
    size_t piece_len;
    size_t count;
    nm_fragment piece; /* All but its index and octets. */
    bool seen[WHOLE_MAX];
    size_t seen_count;
} orderly;

static void
send_piece(orderly *o, nm_reassembler *r, size_t index, nm_buffer *out)
{
    static const nm_sender sender = {.family = 6};
    size_t left = o->whole.len - index * o->piece_len;
    o->piece.current = (uint32_t)index;
    o->piece.data =
        nm_span_of(o->whole.data + index * o->piece_len, left < o->piece_len ? left : o->piece_len);
    nm_status status = nm_reassembler_add(r, &o->piece, &sender, 0, out, NULL);
    o->seen_count += !o->seen[index];
    o->seen[index] = true;
    bool is_complete = o->seen_count == o->count;
    FUZZ_REQUIRE(status == (is_complete ? NM_OK : NM_AGAIN) ||
                 (status == NM_E_NOMEM && fuzz_memory_has_failed()));
    if (status == NM_OK) {
        FUZZ_REQUIRE(nm_span_equal(nm_buffer_span(out), o->whole));
    }
    if (status != NM_AGAIN) { /* Complete or given up: what comes now is a new set. */
        memset(o->seen, 0, sizeof o->seen);
        o->seen_count = 0;
    }
}

static void
run_orderly(nm_cursor *c, unsigned options, const nm_allocator *memory)
{
    orderly o = {.piece = {.id = 7}};
    o.whole = fuzz_octets((options & IS_FROM_NOISE) != 0, nm_cursor_be16(c) % WHOLE_MAX + 1U);
    o.piece_len = nm_cursor_u8(c) + 1U;
    o.count = (o.whole.len + o.piece_len - 1) / o.piece_len;
    o.piece.last = (uint32_t)o.count - 1;
    o.piece.has_crc = (options & HAS_NO_CRC) == 0;
    o.piece.crc = o.piece.has_crc ? nm_payload_crc(o.whole) : 0;
    if ((options & COUNTS_ONE_TOO_MANY) != 0 && o.piece.has_crc) {
        o.piece.last += o.whole.len % o.piece_len == 0;
    }
    nm_reassembler *r = nm_reassembler_new(&nm_limits_default, 1, memory);
    nm_buffer out;
    nm_buffer_init(&out, WHOLE_MAX, memory);
    if (r != NULL) {
        while (nm_cursor_left(c) > 0) {
            send_piece(&o, r, nm_cursor_be16(c) % o.count, &out);
        }
        bool is_complete = false;
        for (size_t i = 0; i < o.count && !is_complete; i++) {
            if (!o.seen[i]) {
                send_piece(&o, r, i, &out);
                is_complete = o.seen_count == 0;
            }
        }
        FUZZ_REQUIRE(is_complete);
    }
    nm_buffer_clear(&out);
    nm_reassembler_free(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nm_cursor c = nm_cursor_init(nm_span_of(data, size));
    unsigned options = nm_cursor_u8(&c);
    const nm_allocator *memory = fuzz_memory_begin();
    if ((options & IS_ORDERLY) != 0) {
        run_orderly(&c, options, memory);
    } else {
        run_wild(&c, memory);
    }
    fuzz_memory_end();
    return 0;
}
