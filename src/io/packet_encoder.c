/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to the packets in them: a capture file. All its packets have one link type, that of the
 * first. */
#include <stdlib.h>

#include "capture/packets_of.h"
#include "capture/savefile.h"
#include "io/encoder.h"

typedef struct packet_encoder {
    nm_encoder encoder;
    size_t len;         /* Octets that are collected, about. */
    nm_buffer records;  /* Being filled. */
    nm_buffer closed;   /* To be sent; what is written meanwhile must not move it. */
    size_t count;       /* Messages in it. */
    bool has_header;    /* It was written, */
    uint32_t link_type; /* with this. */
    bool is_closed;     /* There is something to be sent, */
    bool is_given_out;  /* and that has been asked for. */
    nm_message message;
} packet_encoder;

static nm_status
add_header(packet_encoder *p, uint32_t link_type)
{
    nm_status status = nm_savefile_write_header(link_type, &p->records);
    p->has_header = status == NM_OK;
    p->link_type = link_type;
    return status;
}

/* Add a packet, with the header before the first. */
static nm_status
add_packet(packet_encoder *p, const nm_packet_of *packet, nm_error *err)
{
    nm_status status = p->has_header ? NM_OK : add_header(p, packet->link_type);
    if (status == NM_OK && packet->link_type != p->link_type) {
        return nm_error_set(err, NM_E_TYPE, 0,
                            "packets with and without a link layer do not go into one capture "
                            "file");
    }
    if (status == NM_OK) {
        status = nm_savefile_write_packet(&packet->packet, &p->records);
    }
    return status == NM_OK
               ? NM_OK
               : nm_error_set(err, status, 0, "a packet of %zu octets at %lld cannot be stored",
                              packet->packet.octets.len, (long long)packet->packet.time_sec);
}

static nm_status
packet_add(nm_encoder *encoder, const nm_payload *payload, bool *out_is_full, nm_error *err)
{
    packet_encoder *p = (packet_encoder *)encoder;
    nm_packets_place place = {.field = 0};
    nm_packet_of packet;
    size_t start = p->records.len;
    bool had_header = p->has_header;
    nm_status status = nm_message_decode(&p->message, payload, err);
    if (status == NM_OK && !nm_packets_are_in(p->message.schema)) {
        status = nm_error_set(err, NM_E_TYPE, 0, "messages of vendor %u, type %u hold no packets",
                              payload->vendor, payload->type);
    }
    while (status == NM_OK && nm_packets_next(&p->message, &place, &packet)) {
        status = add_packet(p, &packet, err);
    }
    if (status != NM_OK) {
        p->records.len = start; /* All of a message, or nothing. */
        p->has_header = had_header;
        return status;
    }
    p->count++;
    *out_is_full = p->records.len >= p->len;
    return NM_OK;
}

/* A file without packets has a header, too. */
static nm_status
packet_end(nm_encoder *encoder)
{
    packet_encoder *p = (packet_encoder *)encoder;
    if (p->has_header) {
        return NM_OK;
    }
    nm_status status = add_header(p, NM_LINK_RAW);
    p->count += status == NM_OK;
    return status;
}

static size_t
packet_count(const nm_encoder *encoder)
{
    return ((const packet_encoder *)encoder)->count;
}

static size_t
packet_pending(const nm_encoder *encoder)
{
    return ((const packet_encoder *)encoder)->is_closed ? 1 : 0;
}

static size_t
packet_room(const nm_encoder *encoder)
{
    (void)encoder;
    return 1;
}

static nm_status
packet_close(nm_encoder *encoder)
{
    packet_encoder *p = (packet_encoder *)encoder;
    nm_buffer records = p->records;
    p->records = p->closed;
    p->closed = records;
    p->count = 0;
    p->is_closed = true;
    return NM_OK;
}

static nm_status
packet_next_frame(nm_encoder *encoder, bool may_wait, nm_span *out)
{
    packet_encoder *p = (packet_encoder *)encoder;
    (void)may_wait;
    if (!p->is_given_out) {
        *out = nm_buffer_span(&p->closed);
        p->is_given_out = true;
        return NM_OK;
    }
    p->closed.len = 0;
    p->is_closed = false;
    p->is_given_out = false;
    return NM_END;
}

static void
packet_set_zlib(nm_encoder *encoder, bool is_on, int level)
{
    (void)encoder;
    (void)is_on;
    (void)level;
}

static void
packet_free(nm_encoder *encoder)
{
    packet_encoder *p = (packet_encoder *)encoder;
    nm_buffer_clear(&p->records);
    nm_buffer_clear(&p->closed);
    free(p);
}

static const nm_encoder_ops packet_ops = {
    .add = packet_add,
    .count = packet_count,
    .pending = packet_pending,
    .room = packet_room,
    .close = packet_close,
    .next_frame = packet_next_frame,
    .set_zlib = packet_set_zlib,
    .end = packet_end,
    .free = packet_free,
};

nm_encoder *
nm_packet_encoder_new(size_t len)
{
    packet_encoder *p = calloc(1, sizeof *p);
    if (p != NULL) {
        p->encoder.ops = &packet_ops;
        p->len = len;
        nm_buffer_init(&p->records, INT32_MAX, &nm_allocator_heap);
        nm_buffer_init(&p->closed, INT32_MAX, &nm_allocator_heap);
    }
    return p != NULL ? &p->encoder : NULL;
}
