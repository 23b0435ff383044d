/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/cells.h"

#include "check.h"
#include "failing_allocator.h"
#include "octets.h"

/* A run of octets that begins in room of the test's own. */
typedef struct run {
    uint8_t first[10];
    uint32_t more;
} run;

static nm_status
put(nm_cells *cells, run *r, nm_span in, size_t step)
{
    r->more = NM_CELL_NONE;
    nm_cell_writer w = {.cells = cells, .link = &r->more, .pos = r->first, .left = sizeof r->first};
    nm_status status = NM_OK;
    for (size_t at = 0; at < in.len && status == NM_OK; at += step) {
        size_t left = in.len - at;
        status = nm_cell_write(&w, in.data + at, left < step ? left : step);
    }
    return status;
}

static nm_cell_reader
reader_of(const nm_cells *cells, const run *r)
{
    return (nm_cell_reader){
        .cells = cells, .pos = r->first, .end = r->first + sizeof r->first, .next = r->more};
}

static void
runs_come_back_however_they_are_cut(void)
{
    static const size_t lengths[] = {0, 1, 9, 10, 11, 261, 262, 263, 514, 1000, 100000};
    static const size_t steps[] = {1, 7, 252, 1000000};
    nm_cells cells;
    nm_cells_init(&cells, &nm_allocator_heap);
    for (size_t i = 0; i < CHECK_COUNT(lengths); i++) {
        for (size_t k = 0; k < CHECK_COUNT(steps); k++) {
            run r;
            octets in = {0};
            octets out = {0};
            octets_noise(&in, i, lengths[i]);
            CHECK_EQ(put(&cells, &r, octets_span(&in), steps[k]), NM_OK);
            size_t in_cells = lengths[i] > 10 ? (lengths[i] - 10 + 251) / 252 : 0;
            CHECK_EQ(cells.in_use, in_cells);
            nm_cell_reader reader = reader_of(&cells, &r);
            nm_cell_read(&reader, octets_extend(&out, lengths[i] + 1), lengths[i]);
            out.len--;
            CHECK_SPAN(octets_span(&out), octets_span(&in));
            reader = reader_of(&cells, &r);
            nm_cell_skip(&reader, lengths[i] / 2);
            nm_span rest = nm_span_of(in.data + lengths[i] / 2, lengths[i] - lengths[i] / 2);
            CHECK(nm_cell_equal(&reader, rest));
            if (lengths[i] > 0) {
                in.data[lengths[i] - 1] ^= 1;
                reader = reader_of(&cells, &r);
                CHECK(!nm_cell_equal(&reader, octets_span(&in)));
            }
            nm_cells_give_chain_back(&cells, r.more);
            CHECK_EQ(cells.in_use, 0);
            octets_free(&in);
            octets_free(&out);
        }
    }
    nm_cells_clear(&cells);
}

static void
cells_that_were_given_back_are_taken_again(void)
{
    enum { COUNT = 3 * NM_CELL_CHUNK };
    static uint32_t taken[COUNT];
    nm_cells cells;
    nm_cells_init(&cells, &nm_allocator_heap);
    for (int turn = 0; turn < 3; turn++) {
        for (uint32_t i = 0; i < COUNT; i++) {
            taken[i] = nm_cells_take(&cells);
            memset(nm_cells_at(&cells, taken[i]), (int)(i % 251), NM_CELL_LEN);
        }
        CHECK_EQ(cells.chunk_count, 3);
        CHECK_EQ(cells.in_use, COUNT);
        for (uint32_t i = 0; i < COUNT; i++) {
            const uint8_t *octets_at = nm_cells_at(&cells, taken[i]);
            CHECK(octets_at[0] == i % 251 && octets_at[NM_CELL_LEN - 1] == i % 251);
            nm_cells_give_back(&cells, taken[i]);
        }
        CHECK_EQ(cells.in_use, 0);
    }
    nm_cells_clear(&cells);
}

static void
a_long_run(failing_allocator *memory)
{
    nm_cells cells;
    octets in = {0};
    run r;
    nm_cells_init(&cells, &memory->allocator);
    octets_noise(&in, 1, 252 * NM_CELL_CHUNK * 20);
    nm_status status = put(&cells, &r, octets_span(&in), 5000);
    CHECK(status == NM_OK || status == NM_E_NOMEM);
    nm_cells_give_chain_back(&cells, r.more); /* Also of a part. */
    CHECK_EQ(cells.in_use, 0);
    nm_cells_clear(&cells);
    octets_free(&in);
}

static void
no_memory_is_told(void)
{
    sweep_result result = failing_allocator_sweep(a_long_run, 100);
    CHECK_EQ(result.failures, 22);
    CHECK_EQ(result.leaks, 0);
    CHECK(result.is_complete);
}

CHECK_MAIN(CHECK_TEST(runs_come_back_however_they_are_cut),
           CHECK_TEST(cells_that_were_given_back_are_taken_again), CHECK_TEST(no_memory_is_told))
