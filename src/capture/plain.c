/* SPDX-License-Identifier: Apache-2.0 */
/* Encoding base:pkt, base:packet and base:ncap. */
#include "capture/plain.h"

#include "wire/protobuf.h"

enum { OTHERS_LEN = 32 /* All but the octets of the packet. */ };

/* Protobuf field numbers. */
enum { PKT_PAYLOAD = 1, PKT_LEN_FRAME = 2 };
enum { PACKET_PAYLOAD_TYPE = 1, PACKET_PAYLOAD = 2 };
enum { NCAP_TYPE = 1, NCAP_PAYLOAD = 2 };

/* Values of payload_type of base:packet and of type of base:ncap. */
enum { PAYLOAD_TYPE_IP = 1 };
enum { TYPE_IPV4 = 0, TYPE_IPV6 = 1 };

/* Make room in a buffer. @return Its end; NULL: status tells why not. */
static uint8_t *
begin(nm_buffer *out, nm_span octets, nm_status *out_status)
{
    *out_status = nm_buffer_reserve(out, octets.len + OTHERS_LEN);
    return *out_status == NM_OK ? out->data + out->len : NULL;
}

static nm_status
end(nm_buffer *out, const uint8_t *to)
{
    out->len = (size_t)(to - out->data);
    return NM_OK;
}

static uint8_t *
put_number(uint8_t *to, uint32_t number, uint64_t value)
{
    return nm_pb_put_varint(nm_pb_put_tag(to, number, NM_WIRE_VARINT), value);
}

static uint8_t *
put_octets(uint8_t *to, uint32_t number, nm_span octets)
{
    to = nm_pb_put_varint(nm_pb_put_tag(to, number, NM_WIRE_BYTES), octets.len);
    if (octets.len > 0) {
        memcpy(to, octets.data, octets.len);
    }
    return to + octets.len;
}

nm_status
nm_plain_encode_pkt(nm_span frame, uint32_t frame_len, nm_buffer *out)
{
    nm_status status;
    uint8_t *to = begin(out, frame, &status);
    return to == NULL
               ? status
               : end(out, put_number(put_octets(to, PKT_PAYLOAD, frame), PKT_LEN_FRAME, frame_len));
}

nm_status
nm_plain_encode_packet(nm_span packet, nm_buffer *out)
{
    nm_status status;
    uint8_t *to = begin(out, packet, &status);
    return to == NULL ? status
                      : end(out, put_octets(put_number(to, PACKET_PAYLOAD_TYPE, PAYLOAD_TYPE_IP),
                                            PACKET_PAYLOAD, packet));
}

nm_status
nm_plain_encode_ncap(nm_span packet, unsigned version, nm_buffer *out)
{
    nm_status status;
    uint8_t *to = begin(out, packet, &status);
    return to == NULL
               ? status
               : end(out,
                     put_octets(put_number(to, NCAP_TYPE, version == 4 ? TYPE_IPV4 : TYPE_IPV6),
                                NCAP_PAYLOAD, packet));
}
