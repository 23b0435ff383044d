/* SPDX-License-Identifier: Apache-2.0 */
/* Compressing containers and cutting them into fragments (docs/format.md, 4 and 6). The body lies
 * behind room for its header, so a plain container is sent from where it was built. */
#include "wire/parcel.h"

#include "wire/container.h"
#include "wire/header.h"

enum { BODY_MAX = INT32_MAX };

void
nm_parcel_init(nm_parcel *p, const nm_allocator *allocator)
{
    *p = (nm_parcel){.zlevel = NM_ZLEVEL_DEFAULT};
    nm_buffer_init(&p->body, BODY_MAX, allocator);
    nm_buffer_init(&p->zblock, BODY_MAX, allocator);
    nm_buffer_init(&p->frame, BODY_MAX, allocator);
}

void
nm_parcel_clear(nm_parcel *p)
{
    nm_buffer_clear(&p->body);
    nm_buffer_clear(&p->zblock);
    nm_buffer_clear(&p->frame);
    nm_deflater_free(p->deflater);
    p->deflater = NULL;
    p->is_sealed = false;
}

static nm_status
compress(nm_parcel *p)
{
    if (p->deflater != NULL && p->deflater_level != p->zlevel) {
        nm_deflater_free(p->deflater);
        p->deflater = NULL;
    }
    if (p->deflater == NULL) {
        p->deflater = nm_deflater_new(p->zlevel, p->body.allocator);
        p->deflater_level = p->zlevel;
    }
    p->zblock.len = 0;
    nm_status status = p->deflater != NULL ? NM_OK : NM_E_NOMEM;
    if (status == NM_OK) {
        status = nm_buffer_reserve(&p->zblock, NM_HEADER_LEN);
    }
    if (status == NM_OK) {
        nm_span body = nm_span_of(p->body.data + NM_HEADER_LEN, p->body.len - NM_HEADER_LEN);
        p->zblock.len = NM_HEADER_LEN;
        status = nm_zblock_deflate(p->deflater, body, &p->zblock);
    }
    return status;
}

static void
start_fragments(nm_parcel *p, nm_span octets)
{
    p->next_fragment = (nm_fragment){
        .id = p->fragment_id,
        .current = 0,
        .last = (uint32_t)((octets.len + p->piece_len - 1) / p->piece_len - 1),
        .crc = nm_payload_crc(octets),
        .has_crc = true,
    };
}

nm_status
nm_parcel_seal(nm_parcel *p)
{
    if (p->is_sealed || p->body.len == 0) {
        return NM_OK;
    }
    nm_buffer *closed = &p->body;
    if (p->is_compressed) {
        nm_status status = compress(p);
        if (status != NM_OK) {
            return status;
        }
        closed = &p->zblock;
    }
    nm_span octets = nm_span_of(closed->data + NM_HEADER_LEN, closed->len - NM_HEADER_LEN);
    p->flags = p->is_compressed ? NM_FLAG_ZLIB : 0;
    p->is_fragmented = p->piece_len > 0 && octets.len > p->piece_len;
    if (p->is_fragmented) {
        p->flags |= NM_FLAG_FRAGMENT;
        start_fragments(p, octets);
        p->pending = octets;
    } else {
        nm_header_encode(p->flags, (uint32_t)octets.len, closed->data);
        p->pending = nm_span_of(closed->data, closed->len);
    }
    p->is_sealed = true;
    return NM_OK;
}

static nm_status
next_fragment_frame(nm_parcel *p, nm_span *out)
{
    nm_fragment fragment = p->next_fragment;
    fragment.data =
        nm_span_of(p->pending.data, p->pending.len < p->piece_len ? p->pending.len : p->piece_len);
    p->frame.len = 0;
    nm_status status = nm_buffer_reserve(&p->frame, NM_HEADER_LEN);
    if (status == NM_OK) {
        p->frame.len = NM_HEADER_LEN;
        status = nm_fragment_encode(&fragment, &p->frame);
    }
    if (status != NM_OK) {
        return status;
    }
    nm_header_encode(p->flags, (uint32_t)(p->frame.len - NM_HEADER_LEN), p->frame.data);
    p->next_fragment.current++;
    p->pending =
        nm_span_of(p->pending.data + fragment.data.len, p->pending.len - fragment.data.len);
    *out = nm_buffer_span(&p->frame);
    return NM_OK;
}

nm_status
nm_parcel_next_frame(nm_parcel *p, nm_span *out)
{
    if (p->pending.len > 0 && p->is_fragmented) {
        return next_fragment_frame(p, out);
    }
    if (p->pending.len > 0) {
        *out = p->pending;
        p->pending.len = 0;
        p->pending.data = NULL;
        return NM_OK;
    }
    p->body.len = 0;
    p->is_sealed = false;
    return NM_END;
}

bool
nm_parcel_has_more(const nm_parcel *p)
{
    return p->pending.len > 0;
}
