/* SPDX-License-Identifier: Apache-2.0 */
/* Ones' complement sums.
 *
 * Words are added in the processor's order of octets, eight octets at a time with the carries
 * brought round: 2^64 - 1 is a multiple of 2^16 - 1, and swapping the octets of all words swaps
 * those of the sum (RFC 1071 section 2). */
#include "packet/checksum.h"

#include "base/word.h"
#include "packet/udp.h"

static uint64_t
add(uint64_t sum, uint64_t value)
{
    sum += value;
    return sum + (sum < value);
}

/* 16 bits with the same remainder. */
static uint16_t
fold(uint64_t sum)
{
    while (sum >> 16 != 0) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)sum;
}

static uint16_t
swap(uint16_t word)
{
    return (uint16_t)(word << 8 | word >> 8);
}

/* Sum of octets that begin a word, a multiple of four of them. */
static inline uint64_t
sum_of_few(nm_span octets)
{
    uint64_t sum = 0;
    for (size_t at = 0; at + sizeof(uint32_t) <= octets.len; at += sizeof(uint32_t)) {
        uint32_t value;
        memcpy(&value, octets.data + at, sizeof value);
        sum += value;
    }
    return sum;
}

/* Sum of octets that begin a word; a last odd one is followed by a zero. */
static uint64_t
sum_of(nm_span octets)
{
    uint64_t sum = 0;
    uint64_t carries = 0;
    const uint8_t *at = octets.data;
    size_t left = octets.len;
    for (; left >= NM_WORD_LEN; left -= NM_WORD_LEN, at += NM_WORD_LEN) {
        uint64_t value;
        memcpy(&value, at, sizeof value);
        sum += value;
        carries += sum < value;
    }
    if (left > 0) {
        uint64_t value;
        nm_word_store(&value, octets.len >= NM_WORD_LEN ? nm_word_load_before(at, at + left)
                                                        : nm_word_load_part(at, left));
        sum += value;
        carries += sum < value;
    }
    return add(sum, carries);
}

void
nm_checksum_add(nm_checksum_state *state, nm_span octets)
{
    uint64_t sum = sum_of(octets);
    state->sum = add(state->sum, state->is_odd ? swap(fold(sum)) : sum);
    state->is_odd = state->is_odd != (octets.len % 2 == 1);
}

void
nm_checksum_add_u16(nm_checksum_state *state, uint16_t word)
{
    const uint8_t octets[2] = {(uint8_t)(word >> 8), (uint8_t)word};
    nm_checksum_add(state, nm_span_of(octets, sizeof octets));
}

void
nm_checksum_align(nm_checksum_state *state)
{
    state->is_odd = false;
}

void
nm_checksum_add_pseudo_header(nm_checksum_state *state, const nm_ip_packet *packet,
                              uint8_t protocol, uint32_t upper_len)
{
    /* The length has 16 bits in IPv4, where the upper half is zero, and 32 in IPv6; the protocol
     * has 8 or 32, the last of which counts. */
    const uint8_t rest[8] = {(uint8_t)(upper_len >> 24), (uint8_t)(upper_len >> 16),
                             (uint8_t)(upper_len >> 8), (uint8_t)upper_len, [7] = protocol};
    uint64_t sum = sum_of_few(packet->source);
    sum = add(sum, sum_of_few(packet->destination));
    sum = add(sum, sum_of_few(nm_span_of(rest, sizeof rest)));
    state->sum = add(state->sum, state->is_odd ? swap(fold(sum)) : sum);
}

uint16_t
nm_checksum_result(const nm_checksum_state *state)
{
    uint16_t sum = fold(state->sum);
    uint8_t octets[2];
    memcpy(octets, &sum, sizeof octets);
    return (uint16_t)~(octets[0] << 8 | octets[1]);
}

/* The packet with offset 0: of several the last counts. */
static void
add_first(nm_udp_sum *s, const nm_ip_packet *packet, nm_span octets)
{
    nm_udp udp;
    nm_span rest = nm_span_of(packet->payload.data, octets.len - packet->header_len);
    if (nm_udp_parse(rest, &udp) != NM_OK) {
        s->verdict = NM_UDP_CHECKSUM_ERROR;
        s->is_decided = true;
    } else if (udp.checksum == 0) {
        s->verdict = NM_UDP_CHECKSUM_ABSENT;
        s->is_decided = true;
    } else {
        s->header = (nm_checksum_state){.sum = 0};
        nm_checksum_add_pseudo_header(&s->header, packet, packet->protocol, udp.length);
        s->header.sum = add(s->header.sum, sum_of_few(nm_span_of(rest.data, NM_UDP_HEADER_LEN)));
        nm_checksum_add(&s->payload, udp.payload);
        s->has_first = true;
    }
}

void
nm_udp_sum_add(nm_udp_sum *s, const nm_ip_packet *packet, nm_span octets)
{
    if (s->is_decided) {
        return;
    }
    if (packet->protocol != NM_IP_UDP) {
        s->verdict = NM_UDP_CHECKSUM_ERROR;
        s->is_decided = true;
    } else if (packet->fragment_offset == 0) {
        add_first(s, packet, octets);
    } else {
        nm_checksum_add(&s->payload, packet->payload);
    }
    nm_checksum_align(&s->payload); /* Offsets are multiples of 8. */
}

nm_udp_checksum
nm_udp_sum_result(const nm_udp_sum *s)
{
    if (s->is_decided || !s->has_first) {
        return s->verdict;
    }
    nm_checksum_state all = {.sum = add(s->payload.sum, s->header.sum)};
    return nm_checksum_result(&all) == 0 ? NM_UDP_CHECKSUM_CORRECT : NM_UDP_CHECKSUM_INCORRECT;
}

nm_udp_checksum
nm_udp_checksum_of(const nm_span *packets, size_t count)
{
    nm_udp_sum sum = {.has_first = false};
    for (size_t i = 0; i < count && !sum.is_decided; i++) {
        nm_ip_packet packet;
        if (nm_ip_packet_parse(packets[i], &packet) != NM_OK) {
            return NM_UDP_CHECKSUM_ERROR;
        }
        nm_udp_sum_add(&sum, &packet, packets[i]);
    }
    return nm_udp_sum_result(&sum);
}
