/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "io_fixture.h"

static const uint8_t empty_container[] = {'N', 'M', 'S', 'G', 0, 2, 0, 0, 0, 0};

static nm_input *
open_input(bool is_shared)
{
    nm_input *in = NULL;
    nm_input_options options = nm_input_options_default();
    CHECK_OR_EXIT(nm_input_open_handed(is_shared, &options, &in, /* err= */ NULL) == NM_OK);
    return in;
}

static void
what_is_given_is_read_one_by_one(void)
{
    const nm_wait patient = {.may_go_on = NULL};
    nm_input *in = open_input(/* is_shared= */ false);
    const nm_message *message = NULL;
    CHECK_EQ(nm_input_fill(in, &patient, NULL), NM_AGAIN);
    for (int i = 0; i < 3; i++) {
        nm_span octets = nm_span_of(empty_container, sizeof empty_container);
        CHECK_EQ(nm_input_feed(in, octets, NULL), NM_OK);
        CHECK_EQ(nm_input_fill(in, &patient, NULL), NM_OK);
        CHECK_EQ(nm_input_take(in, &message, NULL), NM_AGAIN);
        CHECK_EQ(nm_input_fill(in, &patient, NULL), NM_AGAIN);
    }
    CHECK_EQ(nm_input_stats_get(in).containers, 3);
    CHECK_EQ(nm_input_stats_get(in).datagrams, 3);
    CHECK_EQ(nm_input_fileno(in), -1);
    nm_input_free(in);
}

static void
bad_ones_cost_no_other(void)
{
    nm_input *in = open_input(/* is_shared= */ false);
    const nm_span bad[] = {
        nm_span_of(NULL, 0),
        nm_span_of("garbage in front", 16),
        nm_span_of(empty_container, sizeof empty_container - 1),
    };
    for (size_t i = 0; i < CHECK_COUNT(bad); i++) {
        CHECK_EQ(nm_input_feed(in, bad[i], NULL), NM_OK);
        CHECK(nm_input_fill(in, NULL, NULL) >= NM_E_MAGIC);
        CHECK(!nm_input_has_ended(in));
        nm_span octets = nm_span_of(empty_container, sizeof empty_container);
        CHECK_EQ(nm_input_feed(in, octets, NULL), NM_OK);
        CHECK_EQ(nm_input_fill(in, NULL, NULL), NM_OK);
    }
    CHECK_EQ(nm_input_stats_get(in).bad_containers, CHECK_COUNT(bad));
    nm_input_free(in);
}

/* Containers 1, 2 and 5: two are missing, or are somebody else's. */
static void
gaps_are_losses_unless_others_get_their_part(void)
{
    for (int is_shared = 0; is_shared < 2; is_shared++) {
        static const uint8_t numbers[] = {1, 2, 5};
        nm_input *in = open_input(is_shared != 0);
        for (size_t i = 0; i < sizeof numbers; i++) {
            uint8_t octets[] = {'N', 'M', 'S', 'G', 0, 2, 0, 0, 0, 4, 0x18, numbers[i], 0x20, 7};
            CHECK_EQ(nm_input_feed(in, nm_span_of(octets, sizeof octets), NULL), NM_OK);
            CHECK_EQ(nm_input_fill(in, NULL, NULL), NM_OK);
        }
        CHECK_EQ(nm_input_stats_get(in).sequence_lost, is_shared ? 0 : 2);
        nm_input_free(in);
    }
}

CHECK_MAIN(CHECK_TEST(what_is_given_is_read_one_by_one), CHECK_TEST(bad_ones_cost_no_other),
           CHECK_TEST(gaps_are_losses_unless_others_get_their_part))
