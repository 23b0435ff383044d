/* SPDX-License-Identifier: Apache-2.0 */
/* Packets as they pass by, each behind the seconds since the one before (one octet, of which the
 * top bit means back) and its length (two). What becomes of their fragments is compared with a slow
 * model that marks single octets. */
#include "base/cursor.h"
#include "packet/reassembly.h"

#include "fuzz.h"

enum {
    DATAGRAMS_MAX = 12, /* Of the model; those beyond are not compared. */
    ROOM = 1 << 17,
};

static const nm_ip_limits limits = {.datagrams = 64, .len = 1 << 24, .timeout_sec = 60};

/* What came of one datagram. */
typedef struct model_datagram {
    nm_ip_packet like; /* Its addresses lie in the input. */
    bool is_used;
    bool is_spoilt;
    bool has_final;
    size_t final_end;
    size_t covered;
    size_t count;
    int64_t began;
    bool is_there[ROOM];
    uint8_t octets[ROOM];
} model_datagram;

static model_datagram models[DATAGRAMS_MAX];
static size_t began_count; /* Datagrams that began, also those not in the model. */

static bool
belong_together(const nm_ip_packet *a, const nm_ip_packet *b)
{
    return a->version == b->version && a->id == b->id && nm_span_equal(a->source, b->source) &&
           nm_span_equal(a->destination, b->destination) &&
           (a->version == 6 || a->protocol == b->protocol);
}

/* The model expires what is old in the order in which it began, as far as there is no younger. */
static void
model_expire(int64_t now)
{
    for (;;) {
        model_datagram *oldest = NULL;
        for (size_t i = 0; i < DATAGRAMS_MAX; i++) {
            if (models[i].is_used &&
                (oldest == NULL || models[i].like.packet_len < oldest->like.packet_len)) {
                oldest = &models[i];
            }
        }
        if (oldest == NULL || now - oldest->began <= (int64_t)limits.timeout_sec) {
            return;
        }
        oldest->is_used = false;
    }
}

/* @return NULL: there is no room. `packet_len` of a model says how many began before it. */
static model_datagram *
model_of(const nm_ip_packet *p, int64_t now)
{
    model_datagram *free_one = NULL;
    for (size_t i = 0; i < DATAGRAMS_MAX; i++) {
        if (models[i].is_used && belong_together(&models[i].like, p)) {
            return &models[i];
        }
        free_one = models[i].is_used ? free_one : &models[i];
    }
    if (free_one != NULL) {
        memset(free_one, 0, sizeof *free_one);
        free_one->like = *p;
        free_one->like.packet_len = began_count++;
        free_one->is_used = true;
        free_one->began = now;
    }
    return free_one;
}

/* What nm_reassembly_add() must say. */
static nm_status
model_add(model_datagram *m, const nm_ip_packet *p)
{
    size_t start = p->fragment_offset;
    size_t end = start + p->payload.len;
    bool is_bad = m->is_spoilt || (p->has_more && p->payload.len % 8 != 0) ||
                  (!p->has_more && m->has_final) || (m->has_final && end > m->final_end);
    for (size_t i = 0; i < ROOM && !is_bad; i++) {
        bool is_inside = i >= start && i < end;
        bool is_behind = !p->has_more && i >= end;
        is_bad = m->is_there[i] && (is_inside || is_behind);
    }
    /* An empty one must not stand where something is. */
    is_bad = is_bad || (p->payload.len == 0 && m->is_there[start]);
    if (is_bad) {
        m->is_spoilt = true;
        return NM_E_PARSE;
    }
    for (size_t i = 0; i < p->payload.len; i++) {
        m->is_there[start + i] = true;
        m->octets[start + i] = p->payload.data[i];
    }
    m->covered += p->payload.len;
    m->count += p->payload.len > 0;
    if (!p->has_more) {
        m->has_final = true;
        m->final_end = end;
    }
    return m->has_final && m->count > 0 && m->covered == m->final_end ? NM_OK : NM_AGAIN;
}

static void
require_whole(const model_datagram *m, const nm_reassembled *whole)
{
    nm_ip_packet p;
    size_t before = 0;
    FUZZ_REQUIRE(whole->count == m->count);
    FUZZ_REQUIRE(whole->datagram.len >= m->final_end);
    nm_span payload =
        nm_span_of(whole->datagram.data + whole->datagram.len - m->final_end, m->final_end);
    FUZZ_REQUIRE(nm_span_equal(payload, nm_span_of(m->octets, m->final_end)));
    for (size_t i = 0; i < whole->count; i++) {
        FUZZ_REQUIRE(nm_ip_packet_parse(whole->fragments[i].packet, &p) == NM_OK);
        FUZZ_REQUIRE(p.packet_len == whole->fragments[i].packet.len);
        FUZZ_REQUIRE(p.fragment_offset == before);
        before += p.payload.len;
    }
    if (nm_ip_packet_parse(whole->datagram, &p) == NM_OK) {
        FUZZ_REQUIRE(p.version == m->like.version && p.packet_len == whole->datagram.len);
    }
}

/* @return false when the model cannot follow any more. */
static bool
add_one(nm_reassembly *r, const nm_ip_packet *p, nm_span octets, int64_t now)
{
    nm_reassembled whole;
    model_expire(now);
    model_datagram *m = model_of(p, now);
    nm_status expected = m != NULL ? model_add(m, p) : NM_END; /* NM_END: nobody knows. */
    nm_status status = nm_reassembly_add(r, p, octets, now, 0, &whole);
    if (expected == NM_END || fuzz_memory_has_failed()) {
        return false;
    }
    if (expected == NM_OK && status == NM_E_PARSE) {
        size_t header_len = p->version == 4 ? 20 : 0;
        FUZZ_REQUIRE(m->final_end + header_len > 60000); /* Too long for its header. */
        m->is_used = false;
        return true;
    }
    FUZZ_REQUIRE(status == expected);
    if (status == NM_OK) {
        require_whole(m, &whole);
        m->is_used = false;
    }
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nm_cursor c = nm_cursor_init(nm_span_of(data, size));
    const nm_allocator *memory = fuzz_memory_begin();
    nm_reassembly *r = nm_reassembly_new(&limits, 5, memory);
    int64_t now = 1000;
    bool is_followed = true;
    began_count = 0;
    for (size_t i = 0; i < DATAGRAMS_MAX; i++) {
        models[i].is_used = false;
    }
    while (r != NULL && nm_cursor_left(&c) > 0) {
        uint8_t step = nm_cursor_u8(&c);
        size_t len = nm_cursor_be16(&c);
        nm_span octets = nm_cursor_take(&c, len < nm_cursor_left(&c) ? len : nm_cursor_left(&c));
        nm_ip_packet p;
        nm_reassembled whole;
        now += step < 0x80 ? step : 0x80 - step;
        if (nm_ip_packet_parse(octets, &p) != NM_OK || !p.is_fragment || p.is_truncated) {
            continue;
        }
        if (is_followed) {
            is_followed = add_one(r, &p, octets, now);
        } else if (nm_reassembly_add(r, &p, octets, now, 0, &whole) == NM_OK) {
            FUZZ_REQUIRE(whole.count > 0 && whole.datagram.len > 0);
        }
    }
    nm_reassembly_free(r);
    fuzz_memory_end();
    return 0;
}
