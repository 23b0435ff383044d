/* SPDX-License-Identifier: Apache-2.0 */
/* Putting the fragments of a datagram together.
 *
 * Every fragment but the final one fills whole blocks of 8 octets, so one bit for each block of the
 * largest datagram tells what came: overlaps show at once, gaps in the count at the end, whatever
 * the order. */
#include "packet/ip_assembly.h"

enum {
    BLOCK_LEN = 8,
    BLOCK_COUNT = (NM_IP_PACKET_LEN_MAX + BLOCK_LEN - 1) / BLOCK_LEN,
};

typedef struct assembly {
    nm_ip_packet any;   /* The fragment all others are compared with. */
    nm_ip_packet first; /* The one with offset 0. */
    bool has_first;
    bool has_final;
    size_t final_end;   /* Octets of the payload, as the final fragment says. */
    size_t block_count; /* Blocks that came. */
    uint64_t came[(BLOCK_COUNT + 63) / 64];
} assembly;

static bool
belong_together(const nm_ip_packet *a, const nm_ip_packet *b)
{
    return a->version == b->version && a->id == b->id && nm_span_equal(a->source, b->source) &&
           nm_span_equal(a->destination, b->destination) &&
           (a->version == 6 || a->protocol == b->protocol);
}

/* Mark the blocks of a fragment. @return false when one of them was there. */
static bool
mark_blocks(assembly *a, size_t start, size_t end)
{
    for (size_t block = start / BLOCK_LEN; block * BLOCK_LEN < end; block++) {
        uint64_t bit = (uint64_t)1 << block % 64;
        if ((a->came[block / 64] & bit) != 0) {
            return false;
        }
        a->came[block / 64] |= bit;
        a->block_count++;
    }
    return true;
}

/* Copy to the place of a fragment; what lies before it may not be there yet. */
static nm_status
place(nm_buffer *out, nm_span data, size_t start)
{
    size_t end = start + data.len;
    if (end > out->len) {
        nm_status status = nm_buffer_reserve(out, end - out->len);
        if (status != NM_OK) {
            return status;
        }
        out->len = end;
    }
    if (data.len > 0) {
        memcpy(out->data + start, data.data, data.len);
    }
    return NM_OK;
}

static nm_status
add_fragment(assembly *a, const nm_ip_packet *p, nm_buffer *out)
{
    size_t end = p->fragment_offset + p->payload.len;
    if (p->is_truncated || end > NM_IP_PACKET_LEN_MAX || !belong_together(&a->any, p) ||
        (p->has_more ? p->payload.len % BLOCK_LEN != 0 : a->has_final) ||
        !mark_blocks(a, p->fragment_offset, end)) {
        return NM_E_PARSE;
    }
    if (p->has_more && p->payload.len == 0) {
        return NM_OK; /* Says nothing. */
    }
    if (p->fragment_offset == 0) {
        a->first = *p;
        a->has_first = true;
    }
    if (!p->has_more) {
        a->final_end = end;
        a->has_final = true;
    }
    return place(out, p->payload, p->fragment_offset);
}

/* The fragments are all there, and nothing but them. */
static bool
is_whole(const assembly *a, const nm_buffer *out)
{
    return a->has_first && a->has_final && out->len == a->final_end &&
           a->block_count == (a->final_end + BLOCK_LEN - 1) / BLOCK_LEN;
}

/* Describe the datagram by its first fragment. */
static nm_status
finish(const assembly *a, nm_span payload, nm_ip_packet *out_packet)
{
    nm_ip_packet p = a->first;
    size_t fixed_len = 0; /* Octets that the length field does not count. */
    if (p.version == 6) {
        p.header_len -= NM_IPV6_FRAGMENT_LEN;
        fixed_len = NM_IPV6_HEADER_LEN;
    }
    p.packet_len = p.header_len + payload.len;
    p.payload = payload;
    p.is_fragment = false;
    p.has_more = false;
    if (p.packet_len - fixed_len > NM_IP_PACKET_LEN_MAX) {
        return NM_E_PARSE;
    }
    if (p.version == 6) {
        nm_status status = nm_ip_extensions_skip(&p);
        if (status != NM_OK || p.is_fragment) { /* Fragments of fragments are none of ours. */
            return NM_E_PARSE;
        }
    }
    *out_packet = p;
    return NM_OK;
}

/* A datagram in one packet. */
static nm_status
take_single(const nm_ip_packet *packet, nm_ip_packet *out_packet)
{
    if (!packet->is_fragment) {
        *out_packet = *packet;
        return NM_OK;
    }
    if (packet->has_more || packet->fragment_offset > 0) {
        return NM_E_PARSE;
    }
    assembly a = {.first = *packet};
    return finish(&a, packet->payload, out_packet);
}

nm_status
nm_ip_assemble(const nm_span *packets, size_t count, nm_buffer *out, nm_ip_packet *out_packet)
{
    assembly a = {.has_first = false};
    out->len = 0;
    if (count == 0 || nm_ip_packet_parse(packets[0], &a.any) != NM_OK) {
        return NM_E_PARSE;
    }
    if (count == 1) {
        return take_single(&a.any, out_packet);
    }
    for (size_t i = 0; i < count; i++) {
        nm_ip_packet p;
        if (nm_ip_packet_parse(packets[i], &p) != NM_OK || !p.is_fragment) {
            return NM_E_PARSE;
        }
        nm_status status = add_fragment(&a, &p, out);
        if (status != NM_OK) {
            return status;
        }
    }
    return is_whole(&a, out) ? finish(&a, nm_buffer_span(out), out_packet) : NM_E_PARSE;
}
