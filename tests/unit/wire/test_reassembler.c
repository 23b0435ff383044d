/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/fragment.h"

#include "check.h"
#include "failing_allocator.h"
#include "octets.h"
#include "wire/container.h"

static const nm_sender sender_a = {.address = {192, 0, 2, 1}, .port = 9430, .family = 4};

/* A reassembler with all it needs. */
typedef struct fixture {
    nm_limits limits;
    failing_allocator memory;
    nm_reassembler *r;
    nm_buffer out;
} fixture;

static void
setup(fixture *f, const nm_limits *limits)
{
    f->limits = *limits;
    failing_allocator_init(&f->memory, 0);
    f->r = nm_reassembler_new(&f->limits, 99, &f->memory.allocator);
    nm_buffer_init(&f->out, limits->container_len, &f->memory.allocator);
    CHECK(f->r != NULL);
}

static void
teardown(fixture *f)
{
    nm_reassembler_free(f->r);
    nm_buffer_clear(&f->out);
    CHECK_EQ(f->memory.live, 0);
}

/* Piece `current` of `whole` cut to `piece_len`, with its CRC. */
static nm_fragment
piece_of(nm_span whole, size_t piece_len, uint32_t id, uint32_t current)
{
    return (nm_fragment){
        .id = id,
        .current = current,
        .last = (uint32_t)((whole.len + piece_len - 1) / piece_len) - 1,
        .crc = nm_payload_crc(whole),
        .has_crc = true,
        .data = octets_piece(whole, piece_len, current),
    };
}

static nm_status
add_at(fixture *f, const nm_fragment *fragment, int64_t now)
{
    return nm_reassembler_add(f->r, fragment, &sender_a, now, &f->out, NULL);
}

static nm_status
add(fixture *f, nm_fragment fragment)
{
    return add_at(f, &fragment, 0);
}

/* A piece without CRC. */
static nm_fragment
plain(uint32_t id, uint32_t current, uint32_t last, const char *data)
{
    return (nm_fragment){
        .id = id, .current = current, .last = last, .data = nm_span_of(data, strlen(data))};
}

static void
pieces_come_in_any_order(void)
{
    static const struct {
        const char *name;
        uint32_t order[5];
    } rows[] = {
        {"in order", {0, 1, 2, 3, 4}},
        {"backwards", {4, 3, 2, 1, 0}},
        {"the last first", {4, 0, 1, 2, 3}},
        {"mixed", {2, 4, 1, 0, 3}},
    };
    octets whole = {0};
    octets_noise(&whole, 1, 4 * 100 + 37);
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        fixture f;
        setup(&f, &nm_limits_default);
        for (size_t k = 0; k < 5; k++) {
            CHECK_EQ(add(&f, piece_of(octets_span(&whole), 100, 1, rows[i].order[k])),
                     k < 4 ? NM_AGAIN : NM_OK);
        }
        CHECK_SPAN(nm_buffer_span(&f.out), octets_span(&whole));
        CHECK_EQ(nm_reassembler_lost(f.r), 0);
        teardown(&f);
    }
    octets_free(&whole);
}

static void
a_single_piece_is_a_set(void)
{
    fixture f;
    setup(&f, &nm_limits_default);
    CHECK_EQ(add(&f, piece_of(nm_span_of("whole", 5), 100, 1, 0)), NM_OK);
    CHECK_TEXT(f.out.data, f.out.len, "whole");
    CHECK_EQ(add(&f, plain(2, 0, 0, "next")), NM_OK); /* Replaces, does not append. */
    CHECK_TEXT(f.out.data, f.out.len, "next");
    teardown(&f);
}

static void
the_same_piece_again_is_ignored(void)
{
    fixture f;
    setup(&f, &nm_limits_default);
    CHECK_EQ(add(&f, plain(1, 0, 2, "a")), NM_AGAIN);
    CHECK_EQ(add(&f, plain(1, 0, 2, "other octets")), NM_AGAIN);
    CHECK_EQ(add(&f, plain(1, 2, 2, "c")), NM_AGAIN);
    CHECK_EQ(add(&f, plain(1, 2, 2, "c")), NM_AGAIN);
    CHECK_EQ(add(&f, plain(1, 1, 2, "b")), NM_OK);
    CHECK_TEXT(f.out.data, f.out.len, "abc");
    CHECK_EQ(nm_reassembler_lost(f.r), 0);
    teardown(&f);
}

static void
sets_of_different_keys_interleave(void)
{
    nm_sender other_port = sender_a;
    other_port.port++;
    nm_sender other_address = sender_a;
    other_address.address[0]++;
    const struct {
        const char *name;
        uint32_t id;
        const char *whole;
        const nm_sender *sender;
    } rows[] = {
        {"another id", 2, "xxxxyyyyzz", &sender_a},
        {"the same id and another CRC", 1, "xxxxyyyyzz", &sender_a},
        {"another port", 1, "aaaabbbbcc", &other_port},
        {"another address", 1, "aaaabbbbcc", &other_address},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_span first = nm_span_of("aaaabbbbcc", 10);
        nm_span second = nm_span_of(rows[i].whole, 10);
        fixture f;
        setup(&f, &nm_limits_default);
        for (uint32_t k = 0; k < 3; k++) {
            CHECK_EQ(add(&f, piece_of(first, 4, 1, k)), k < 2 ? NM_AGAIN : NM_OK);
            if (k == 2) {
                CHECK_SPAN(nm_buffer_span(&f.out), first);
            }
            nm_fragment other = piece_of(second, 4, rows[i].id, k);
            CHECK_EQ(nm_reassembler_add(f.r, &other, rows[i].sender, 0, &f.out, NULL),
                     k < 2 ? NM_AGAIN : NM_OK);
        }
        CHECK_SPAN(nm_buffer_span(&f.out), second);
        teardown(&f);
    }
}

static void
a_completed_key_may_come_again(void)
{
    fixture f;
    setup(&f, &nm_limits_default);
    for (int round = 0; round < 3; round++) {
        CHECK_EQ(add(&f, plain(1, 1, 1, "b")), NM_AGAIN);
        CHECK_EQ(add(&f, plain(1, 0, 1, "a")), NM_OK);
        CHECK_TEXT(f.out.data, f.out.len, "ab");
    }
    teardown(&f);
}

/* None of these may disturb the set that is being collected. */
static void
impossible_pieces_are_ignored(void)
{
    static const struct {
        const char *name;
        uint32_t current;
        uint32_t last;
        const char *data;
        nm_status status;
    } rows[] = {
        {"index above the last", 3, 2, "x", NM_E_FRAGMENT},
        {"index far above the last", UINT32_MAX, 2, "x", NM_E_FRAGMENT},
        {"another last, smaller", 1, 1, "x", NM_E_FRAGMENT},
        {"another last, larger", 1, 3, "x", NM_E_FRAGMENT},
        {"no octets", 1, 2, "", NM_E_FRAGMENT},
        {"more pieces than the limit", 1, 65536, "x", NM_E_LIMIT},
        {"last of 2^32 - 1", 1, UINT32_MAX, "x", NM_E_LIMIT},
        {"last and index of 2^32 - 1", UINT32_MAX, UINT32_MAX, "x", NM_E_LIMIT},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        fixture f;
        setup(&f, &nm_limits_default);
        nm_error err = {.code = NM_OK};
        nm_fragment bad = plain(1, rows[i].current, rows[i].last, rows[i].data);
        CHECK_EQ(add(&f, plain(1, 0, 2, "a")), NM_AGAIN);
        CHECK_EQ(nm_reassembler_add(f.r, &bad, &sender_a, 0, &f.out, &err), rows[i].status);
        CHECK_EQ(err.code, rows[i].status);
        CHECK_EQ(add(&f, plain(1, 1, 2, "b")), NM_AGAIN);
        CHECK_EQ(add(&f, plain(1, 2, 2, "c")), NM_OK);
        CHECK_TEXT(f.out.data, f.out.len, "abc");
        CHECK_EQ(nm_reassembler_lost(f.r), 0);
        teardown(&f);
    }
}

static void
as_many_pieces_as_the_limit_are_joined(void)
{
    fixture f;
    setup(&f, &nm_limits_default);
    nm_status status = NM_AGAIN;
    for (uint32_t i = 0; i < 65536; i++) {
        uint32_t index = i * 48271 % 65536; /* Odd factor: every index once. */
        uint8_t octet = (uint8_t)(index * 31);
        CHECK_EQ(status, NM_AGAIN);
        status = add(
            &f,
            (nm_fragment){.id = 5, .current = index, .last = 65535, .data = nm_span_of(&octet, 1)});
    }
    CHECK_EQ(status, NM_OK);
    CHECK_EQ(f.out.len, 65536);
    size_t wrong = 0;
    for (size_t i = 0; i < f.out.len; i++) {
        wrong += f.out.data[i] != (uint8_t)(i * 31);
    }
    CHECK_EQ(wrong, 0);
    teardown(&f);
}

static void
a_wrong_crc_gives_the_set_up(void)
{
    fixture f;
    setup(&f, &nm_limits_default);
    nm_fragment first = piece_of(nm_span_of("aaaabbbb", 8), 4, 1, 0);
    nm_fragment second = piece_of(nm_span_of("aaaabbbb", 8), 4, 1, 1);
    nm_fragment broken = second;
    broken.data = nm_span_of("bbbx", 4);
    CHECK_EQ(add(&f, first), NM_AGAIN);
    CHECK_EQ(add(&f, broken), NM_E_CRC);
    CHECK_EQ(nm_reassembler_lost(f.r), 1);
    CHECK_EQ(add(&f, second), NM_AGAIN); /* A new set. */
    CHECK_EQ(add(&f, first), NM_OK);
    CHECK_TEXT(f.out.data, f.out.len, "aaaabbbb");
    teardown(&f);
}

static void
without_a_crc_nothing_is_verified(void)
{
    fixture f;
    setup(&f, &nm_limits_default);
    CHECK_EQ(add(&f, plain(1, 0, 1, "any")), NM_AGAIN);
    CHECK_EQ(add(&f, plain(1, 1, 1, "thing")), NM_OK);
    CHECK_TEXT(f.out.data, f.out.len, "anything");
    teardown(&f);
}

/* Some writers announce one piece too many where the length is a multiple of the piece's. */
static void
a_set_whose_final_piece_is_empty_is_complete_without_it(void)
{
    nm_span whole = nm_span_of("aaaabbbbcccc", 12);
    fixture f;
    setup(&f, &nm_limits_default);
    for (uint32_t k = 0; k < 3; k++) {
        nm_fragment piece = piece_of(whole, 4, 1, (k + 1) % 3);
        piece.last = 3;
        CHECK_EQ(add(&f, piece), k < 2 ? NM_AGAIN : NM_OK);
    }
    CHECK_SPAN(nm_buffer_span(&f.out), whole);
    CHECK_EQ(nm_reassembler_lost(f.r), 0);
    teardown(&f);
}

static void
a_set_that_lacks_a_real_final_piece_waits_for_it(void)
{
    nm_span whole = nm_span_of("aaaabbbbccccd", 13);
    fixture f;
    setup(&f, &nm_limits_default);
    for (uint32_t k = 0; k < 3; k++) {
        CHECK_EQ(add(&f, piece_of(whole, 4, 1, k)), NM_AGAIN);
    }
    CHECK_EQ(add(&f, piece_of(whole, 4, 1, 3)), NM_OK);
    CHECK_SPAN(nm_buffer_span(&f.out), whole);
    teardown(&f);
}

static void
a_set_that_lacks_a_piece_in_the_middle_waits_for_it(void)
{
    nm_span whole = nm_span_of("aaaabbbbccccd", 13);
    fixture f;
    setup(&f, &nm_limits_default);
    CHECK_EQ(add(&f, piece_of(whole, 4, 1, 0)), NM_AGAIN);
    CHECK_EQ(add(&f, piece_of(whole, 4, 1, 3)), NM_AGAIN);
    CHECK_EQ(add(&f, piece_of(whole, 4, 1, 2)), NM_AGAIN);
    CHECK_EQ(add(&f, piece_of(whole, 4, 1, 1)), NM_OK);
    CHECK_SPAN(nm_buffer_span(&f.out), whole);
    teardown(&f);
}

static void
a_set_without_crc_needs_all_announced_pieces(void)
{
    fixture f;
    setup(&f, &nm_limits_default);
    CHECK_EQ(add(&f, plain(1, 0, 2, "a")), NM_AGAIN);
    CHECK_EQ(add(&f, plain(1, 1, 2, "b")), NM_AGAIN);
    CHECK_EQ(add(&f, plain(1, 2, 2, "c")), NM_OK);
    teardown(&f);
}

static void
a_set_is_given_up_after_30_seconds(void)
{
    nm_fragment first = plain(1, 0, 1, "a");
    nm_fragment second = plain(1, 1, 1, "b");
    fixture f;
    setup(&f, &nm_limits_default);
    CHECK_EQ(add_at(&f, &first, 100), NM_AGAIN);
    CHECK_EQ(add_at(&f, &second, 130), NM_OK); /* 30 seconds are not too long. */
    CHECK_EQ(nm_reassembler_lost(f.r), 0);
    CHECK_EQ(add_at(&f, &first, 200), NM_AGAIN);
    CHECK_EQ(add_at(&f, &second, 231), NM_AGAIN); /* 31 are. */
    CHECK_EQ(nm_reassembler_lost(f.r), 1);
    CHECK_EQ(add_at(&f, &first, 231), NM_OK);
    teardown(&f);
}

static void
pieces_of_others_let_a_set_grow_old_too(void)
{
    nm_fragment a = plain(1, 0, 1, "a");
    nm_fragment b = plain(2, 0, 1, "b");
    fixture f;
    setup(&f, &nm_limits_default);
    CHECK_EQ(add_at(&f, &a, 0), NM_AGAIN);
    CHECK_EQ(add_at(&f, &b, 20), NM_AGAIN);
    CHECK_EQ(add_at(&f, &b, 31), NM_AGAIN);
    CHECK_EQ(nm_reassembler_lost(f.r), 1);
    CHECK_EQ(add_at(&f, &b, 51), NM_AGAIN);
    CHECK_EQ(nm_reassembler_lost(f.r), 2); /* Age counts from the first piece. */
    teardown(&f);
}

static void
a_clock_that_stands_still_gives_nothing_up(void)
{
    fixture f;
    setup(&f, &nm_limits_default);
    for (uint32_t id = 0; id < 500; id++) {
        CHECK_EQ(add(&f, plain(id, 0, 1, "a")), NM_AGAIN);
    }
    for (uint32_t id = 0; id < 500; id++) {
        CHECK_EQ(add(&f, plain(id, 1, 1, "b")), NM_OK);
    }
    CHECK_EQ(nm_reassembler_lost(f.r), 0);
    teardown(&f);
}

static void
the_oldest_set_makes_room_for_a_new_one(void)
{
    nm_limits limits = nm_limits_default;
    limits.fragment_sets = 3;
    fixture f;
    setup(&f, &limits);
    for (uint32_t id = 1; id <= 4; id++) {
        CHECK_EQ(add(&f, plain(id, 0, 1, "a")), NM_AGAIN);
    }
    CHECK_EQ(nm_reassembler_lost(f.r), 1);
    CHECK_EQ(add(&f, plain(2, 1, 1, "b")), NM_OK);
    CHECK_EQ(add(&f, plain(3, 1, 1, "b")), NM_OK);
    CHECK_EQ(add(&f, plain(4, 1, 1, "b")), NM_OK);
    CHECK_EQ(add(&f, plain(1, 1, 1, "b")), NM_AGAIN); /* Was the oldest. */
    teardown(&f);
}

static void
octets_of_all_sets_together_are_bounded(void)
{
    nm_limits limits = nm_limits_default;
    limits.fragment_len = 10000;
    octets data = {0};
    octets_fill(&data, 'x', 3000);
    fixture f;
    setup(&f, &limits);
    for (uint32_t id = 1; id <= 20; id++) {
        nm_fragment piece = {.id = id, .current = 0, .last = 1, .data = octets_span(&data)};
        CHECK_EQ(add(&f, piece), NM_AGAIN);
    }
    CHECK(nm_reassembler_lost(f.r) >= 17); /* At most three of them fit. */
    CHECK(nm_reassembler_lost(f.r) <= 18);
    nm_fragment final = {.id = 20, .current = 1, .last = 1, .data = octets_span(&data)};
    CHECK_EQ(add(&f, final), NM_OK);
    CHECK_EQ(f.out.len, 6000);
    teardown(&f);
    octets_free(&data);
}

static void
a_set_above_the_limit_of_all_is_given_up(void)
{
    nm_limits limits = nm_limits_default;
    limits.fragment_len = 1000;
    octets data = {0};
    octets_fill(&data, 'x', 600);
    fixture f;
    setup(&f, &limits);
    nm_error err = {.code = NM_OK};
    nm_fragment piece = {.id = 1, .current = 0, .last = 5, .data = octets_span(&data)};
    CHECK_EQ(nm_reassembler_add(f.r, &piece, &sender_a, 0, &f.out, &err), NM_AGAIN);
    piece.current = 1;
    CHECK_EQ(nm_reassembler_add(f.r, &piece, &sender_a, 0, &f.out, &err), NM_E_LIMIT);
    CHECK_EQ(err.code, NM_E_LIMIT);
    CHECK_EQ(nm_reassembler_lost(f.r), 1);
    CHECK_EQ(add(&f, plain(2, 0, 0, "goes on")), NM_OK);
    teardown(&f);
    octets_free(&data);
}

static void
a_bitmap_above_the_limit_of_all_is_given_up(void)
{
    nm_limits limits = nm_limits_default;
    limits.fragment_len = 1000;
    fixture f;
    setup(&f, &limits);
    CHECK_EQ(add(&f, plain(1, 0, 1, "a")), NM_AGAIN);
    CHECK_EQ(add(&f, plain(2, 0, 65535, "a")), NM_E_LIMIT);
    CHECK_EQ(add(&f, plain(3, 0, 0, "goes on")), NM_OK);
    teardown(&f);
}

static void
a_container_above_its_limit_is_given_up(void)
{
    nm_limits limits = nm_limits_default;
    limits.container_len = 1000;
    octets data = {0};
    octets_fill(&data, 'x', 500);
    fixture f;
    setup(&f, &limits);
    nm_fragment piece = {.id = 1, .last = 2, .data = octets_span(&data)};
    CHECK_EQ(add(&f, piece), NM_AGAIN);
    piece.current = 1;
    CHECK_EQ(add(&f, piece), NM_AGAIN);
    piece.current = 2;
    CHECK_EQ(add(&f, piece), NM_E_LIMIT);
    CHECK_EQ(nm_reassembler_lost(f.r), 1);

    nm_fragment half = {.id = 2, .last = 1, .data = octets_span(&data)};
    CHECK_EQ(add(&f, half), NM_AGAIN);
    half.current = 1;
    CHECK_EQ(add(&f, half), NM_OK); /* Exactly the limit. */
    CHECK_EQ(f.out.len, 1000);
    teardown(&f);
    octets_free(&data);
}

static void
many_random_sets_come_back_whole(void)
{
    enum { SETS = 60, PIECE = 50 };
    octets wholes[SETS] = {{0}};
    uint32_t sent[SETS][40];
    uint32_t left[SETS];
    uint64_t random = 3;
    unsigned completed = 0;
    fixture f;
    setup(&f, &nm_limits_default);
    for (size_t s = 0; s < SETS; s++) {
        octets_noise(&wholes[s], s + 1, 1 + check_random(&random) % (40 * PIECE));
        left[s] = (uint32_t)((wholes[s].len + PIECE - 1) / PIECE);
        for (uint32_t k = 0; k < left[s]; k++) {
            sent[s][k] = k;
        }
    }
    for (size_t running = SETS; running > 0;) {
        size_t s = check_random(&random) % SETS;
        if (left[s] == 0) {
            continue;
        }
        size_t pick = check_random(&random) % left[s];
        nm_fragment piece =
            piece_of(octets_span(&wholes[s]), PIECE, (uint32_t)s / 2, sent[s][pick]);
        nm_status status = add(&f, piece);
        if (check_random(&random) % 4 != 0 || status == NM_OK) { /* Else it comes again later. */
            sent[s][pick] = sent[s][--left[s]];
        }
        if (status == NM_OK) {
            CHECK_SPAN(nm_buffer_span(&f.out), octets_span(&wholes[s]));
            completed++;
            left[s] = 0;
        } else {
            CHECK_EQ(status, NM_AGAIN);
        }
        running -= left[s] == 0;
    }
    CHECK_EQ(completed, SETS);
    CHECK_EQ(nm_reassembler_lost(f.r), 0);
    teardown(&f);
    for (size_t s = 0; s < SETS; s++) {
        octets_free(&wholes[s]);
    }
}

static void
freeing_nothing_does_nothing(void)
{
    nm_reassembler_free(NULL);
    CHECK(true);
}

static void
reassemble_with_little_memory(failing_allocator *memory)
{
    static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    nm_span whole = nm_span_of(text, sizeof text - 1);
    nm_limits limits = nm_limits_default;
    nm_reassembler *r = nm_reassembler_new(&limits, 1, &memory->allocator);
    if (r == NULL) {
        CHECK(memory->has_failed);
        return;
    }
    nm_buffer out;
    nm_buffer_init(&out, limits.container_len, &memory->allocator);
    unsigned completed = 0;
    unsigned failed = 0;
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t k = 0; k < 6; k++) {
            nm_fragment piece = piece_of(whole, 6, 1, k);
            nm_status status = nm_reassembler_add(r, &piece, &sender_a, 0, &out, NULL);
            CHECK(status == NM_AGAIN || status == NM_OK || status == NM_E_NOMEM);
            failed += status == NM_E_NOMEM;
            if (status == NM_OK) {
                CHECK_SPAN(nm_buffer_span(&out), whole);
                completed++;
            }
        }
    }
    CHECK_EQ(failed, memory->has_failed ? 1 : 0);
    CHECK(completed >= 3 - failed);
    nm_reassembler_free(r);
    nm_buffer_clear(&out);
}

static void
every_allocation_may_fail(void)
{
    sweep_result result = failing_allocator_sweep(reassemble_with_little_memory, 1000);
    CHECK(result.is_complete);
    CHECK(result.failures > 6);
    CHECK_EQ(result.leaks, 0);
}

CHECK_MAIN(CHECK_TEST(pieces_come_in_any_order), CHECK_TEST(a_single_piece_is_a_set),
           CHECK_TEST(the_same_piece_again_is_ignored),
           CHECK_TEST(sets_of_different_keys_interleave),
           CHECK_TEST(a_completed_key_may_come_again), CHECK_TEST(impossible_pieces_are_ignored),
           CHECK_TEST(as_many_pieces_as_the_limit_are_joined),
           CHECK_TEST(a_wrong_crc_gives_the_set_up), CHECK_TEST(without_a_crc_nothing_is_verified),
           CHECK_TEST(a_set_whose_final_piece_is_empty_is_complete_without_it),
           CHECK_TEST(a_set_that_lacks_a_real_final_piece_waits_for_it),
           CHECK_TEST(a_set_that_lacks_a_piece_in_the_middle_waits_for_it),
           CHECK_TEST(a_set_without_crc_needs_all_announced_pieces),
           CHECK_TEST(a_set_is_given_up_after_30_seconds),
           CHECK_TEST(pieces_of_others_let_a_set_grow_old_too),
           CHECK_TEST(a_clock_that_stands_still_gives_nothing_up),
           CHECK_TEST(the_oldest_set_makes_room_for_a_new_one),
           CHECK_TEST(octets_of_all_sets_together_are_bounded),
           CHECK_TEST(a_set_above_the_limit_of_all_is_given_up),
           CHECK_TEST(a_bitmap_above_the_limit_of_all_is_given_up),
           CHECK_TEST(a_container_above_its_limit_is_given_up),
           CHECK_TEST(many_random_sets_come_back_whole), CHECK_TEST(freeing_nothing_does_nothing),
           CHECK_TEST(every_allocation_may_fail))
