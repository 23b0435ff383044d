/* SPDX-License-Identifier: Apache-2.0 */
/* The input is a capture file. It is read at one go and in pieces, which must give the same; and
 * its packets are written and read again. */
#include "capture/savefile.h"

#include "fuzz.h"

enum { ROOM = 1 << 20 };

/* What a file gave. */
typedef struct outcome {
    uint64_t hash; /* Over all packets (FNV-1a). */
    size_t packets;
    nm_status status; /* How it ended. */
} outcome;

static void
add_octets(outcome *o, const void *data, size_t len)
{
    const uint8_t *octets = data;
    for (size_t i = 0; i < len; i++) {
        o->hash = (o->hash ^ octets[i]) * UINT64_C(0x100000001b3);
    }
}

static void
add_packet(outcome *o, const nm_captured *packet)
{
    o->packets++;
    add_octets(o, &packet->octets.len, sizeof packet->octets.len);
    add_octets(o, packet->octets.data, packet->octets.len);
    add_octets(o, &packet->len, sizeof packet->len);
    add_octets(o, &packet->time_sec, sizeof packet->time_sec);
    add_octets(o, &packet->time_nsec, sizeof packet->time_nsec);
}

/* @param step     0: all of it is there; else pieces of 1 to `step` octets come.
 * @param written  Gets the packets as a file, unless NULL. */
static outcome
read_file(nm_span in, size_t step, const nm_allocator *allocator, nm_buffer *written)
{
    nm_savefile s;
    nm_captured packet;
    outcome o = {.hash = 1};
    size_t start = 0;
    size_t end = step == 0 ? in.len : 0;
    nm_savefile_init(&s, allocator);
    for (;;) {
        size_t used = 0;
        nm_span octets = nm_span_of(in.data + start, end - start);
        o.status = nm_savefile_next(&s, octets, &used, &packet, /* err= */ NULL);
        FUZZ_REQUIRE(used <= octets.len);
        if (o.status == NM_OK) {
            FUZZ_REQUIRE(s.has_link_type && used > 0 && packet.time_nsec < 1000000000);
            FUZZ_REQUIRE(packet.octets.data >= octets.data && packet.octets.len <= used);
            add_packet(&o, &packet);
            FUZZ_REQUIRE(written == NULL ||
                         nm_savefile_write_packet(&packet, written) != NM_E_NOMEM);
        } else if (o.status != NM_AGAIN) {
            break;
        } else if (used == 0 && end == in.len) {
            o.status = nm_savefile_end(&s, octets, /* err= */ NULL);
            FUZZ_REQUIRE(o.status == NM_END || o.status == NM_E_TRUNCATED);
            break;
        } else if (used == 0) {
            FUZZ_REQUIRE(octets.len < NM_SAVEFILE_ROOM);
            size_t left = in.len - end;
            end += step < left ? step : left;
        }
        start += used;
    }
    nm_savefile_clear(&s);
    return o;
}

static void
write_and_read(nm_span in)
{
    nm_buffer file;
    nm_buffer again;
    nm_buffer_init(&file, ROOM, &nm_allocator_heap);
    nm_buffer_init(&again, ROOM, &nm_allocator_heap);
    FUZZ_REQUIRE(nm_savefile_write_header(1, &file) == NM_OK);
    FUZZ_REQUIRE(nm_savefile_write_header(1, &again) == NM_OK);
    (void)read_file(in, 0, &nm_allocator_heap, &file); /* How it ends does not matter. */
    outcome o = read_file(nm_buffer_span(&file), 0, &nm_allocator_heap, &again);
    FUZZ_REQUIRE(o.status == NM_END);
    FUZZ_REQUIRE(nm_span_equal(nm_buffer_span(&file), nm_buffer_span(&again)));
    nm_buffer_clear(&file);
    nm_buffer_clear(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nm_span in = nm_span_of(data, size);
    const nm_allocator *allocator = fuzz_memory_begin();
    outcome whole = read_file(in, 0, allocator, /* written= */ NULL);
    FUZZ_REQUIRE((whole.status == NM_E_NOMEM) <= fuzz_memory_has_failed());
    fuzz_memory_end();
    for (size_t step = 1; whole.status != NM_E_NOMEM && step < 100; step = 3 * step + 1) {
        outcome pieces = read_file(in, step, &nm_allocator_heap, /* written= */ NULL);
        FUZZ_REQUIRE(pieces.hash == whole.hash && pieces.packets == whole.packets);
        FUZZ_REQUIRE(pieces.status == whole.status);
    }
    if (size < ROOM / 4) {
        write_and_read(in);
    }
    return 0;
}
