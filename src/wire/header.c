/* SPDX-License-Identifier: Apache-2.0 */
/* Container headers: versions 1 and 2 in, version 2 out. */
#include "wire/header.h"

#include "base/cursor.h"

enum {
    MAGIC_LEN = 4,
    VERSION_1 = 0x0001, /* The whole 16-bit field: version 1 has no flags. */
    VERSION_2 = 0x02,   /* The low octet; the high one holds the flags. */
};

static const uint8_t magic[MAGIC_LEN] = {'N', 'M', 'S', 'G'};

nm_status
nm_header_decode(nm_span in, nm_header *out, nm_error *err)
{
    size_t magic_seen = in.len < MAGIC_LEN ? in.len : MAGIC_LEN;
    if (magic_seen > 0 && memcmp(in.data, magic, magic_seen) != 0) {
        return nm_error_set(err, NM_E_MAGIC, 0, "no container starts here");
    }
    nm_cursor c = nm_cursor_init(in);
    (void)nm_cursor_take(&c, MAGIC_LEN); /* Compared above. */
    uint16_t version = nm_cursor_be16(&c);
    if (!c.has_failed && version != VERSION_1 && (version & 0xff) != VERSION_2) {
        return nm_error_set(err, NM_E_VERSION, MAGIC_LEN, "version field is 0x%04x", version);
    }
    nm_header header = {.version = version == VERSION_1 ? 1 : 2};
    if (header.version == 1) {
        header.body_len = nm_cursor_be16(&c);
    } else {
        header.flags = version >> 8 & (NM_FLAG_ZLIB | NM_FLAG_FRAGMENT);
        header.body_len = nm_cursor_be32(&c);
    }
    if (c.has_failed) {
        return nm_error_set(err, NM_E_TRUNCATED, in.len, "container header ends after %zu octets",
                            in.len);
    }
    header.header_len = nm_cursor_offset(&c);
    *out = header;
    return NM_OK;
}

void
nm_header_encode(unsigned flags, uint32_t body_len, uint8_t *out)
{
    memcpy(out, magic, MAGIC_LEN);
    out[4] = (uint8_t)flags;
    out[5] = VERSION_2;
    out[6] = (uint8_t)(body_len >> 24);
    out[7] = (uint8_t)(body_len >> 16);
    out[8] = (uint8_t)(body_len >> 8);
    out[9] = (uint8_t)body_len;
}
