/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks of cells, the free ones in a list, and runs of octets over chains of cells. A cell of a
 * chain begins with the number of the next one. */
#include "capture/cells.h"

enum { CHUNKS_FIRST = 16 };

/* A cell that is free or in a chain. */
typedef struct link_cell {
    uint32_t next;
    uint8_t octets[NM_CELL_LEN - sizeof(uint32_t)];
} link_cell;

_Static_assert(sizeof(link_cell) == NM_CELL_LEN, "cells have one size");

void
nm_cells_init(nm_cells *cells, const nm_allocator *allocator)
{
    *cells = (nm_cells){.allocator = allocator, .free = NM_CELL_NONE};
}

void
nm_cells_clear(nm_cells *cells)
{
    for (uint32_t i = 0; i < cells->chunk_count; i++) {
        nm_allocator_release(cells->allocator, cells->chunks[i]);
    }
    nm_allocator_release(cells->allocator, cells->chunks);
    nm_cells_init(cells, cells->allocator);
}

static link_cell *
link_at(const nm_cells *cells, uint32_t index)
{
    return nm_cells_at(cells, index);
}

/* Room in the list of chunks for another. */
static nm_status
reserve_chunk(nm_cells *cells)
{
    if (cells->chunk_count < cells->chunk_cap) {
        return NM_OK;
    }
    uint32_t cap = cells->chunk_cap > 0 ? 2 * cells->chunk_cap : CHUNKS_FIRST;
    void **chunks =
        cells->allocator->resize(cells->allocator->context, cells->chunks, cap * sizeof *chunks);
    if (chunks == NULL) {
        return NM_E_NOMEM;
    }
    cells->chunks = chunks;
    cells->chunk_cap = cap;
    return NM_OK;
}

/* Another chunk of free cells. */
static nm_status
add_chunk(nm_cells *cells)
{
    if (cells->chunk_count >= NM_CELL_NONE / NM_CELL_CHUNK || reserve_chunk(cells) != NM_OK) {
        return NM_E_NOMEM;
    }
    void *chunk = cells->allocator->resize(cells->allocator->context, NULL,
                                           (size_t)NM_CELL_CHUNK * NM_CELL_LEN);
    if (chunk == NULL) {
        return NM_E_NOMEM;
    }
    cells->chunks[cells->chunk_count] = chunk;
    uint32_t first = cells->chunk_count++ * NM_CELL_CHUNK;
    for (uint32_t i = first + NM_CELL_CHUNK; i > first; i--) {
        link_at(cells, i - 1)->next = cells->free;
        cells->free = i - 1;
    }
    return NM_OK;
}

uint32_t
nm_cells_take(nm_cells *cells)
{
    if (cells->free == NM_CELL_NONE && add_chunk(cells) != NM_OK) {
        return NM_CELL_NONE;
    }
    uint32_t index = cells->free;
    cells->free = link_at(cells, index)->next;
    cells->in_use++;
    return index;
}

void
nm_cells_give_back(nm_cells *cells, uint32_t index)
{
    link_at(cells, index)->next = cells->free;
    cells->free = index;
    cells->in_use--;
}

void
nm_cells_give_chain_back(nm_cells *cells, uint32_t more)
{
    while (more != NM_CELL_NONE) {
        uint32_t next = link_at(cells, more)->next;
        nm_cells_give_back(cells, more);
        more = next;
    }
}

nm_status
nm_cell_write_on(nm_cell_writer *w, const void *octets, size_t len)
{
    const uint8_t *from = octets;
    while (len > w->left) {
        memcpy(w->pos, from, w->left);
        from += w->left;
        len -= w->left;
        uint32_t index = nm_cells_take(w->cells);
        if (index == NM_CELL_NONE) {
            w->left = 0;
            return NM_E_NOMEM;
        }
        *w->link = index;
        link_cell *next = link_at(w->cells, index);
        next->next = NM_CELL_NONE;
        w->link = &next->next;
        w->pos = next->octets;
        w->left = sizeof next->octets;
    }
    return nm_cell_write(w, from, len);
}

static size_t
left_in_cell(const nm_cell_reader *r)
{
    return (size_t)(r->end - r->pos);
}

static void
turn_page(nm_cell_reader *r)
{
    const link_cell *next = link_at(r->cells, r->next);
    r->pos = next->octets;
    r->end = next->octets + sizeof next->octets;
    r->next = next->next;
}

void
nm_cell_read_on(nm_cell_reader *r, void *out, size_t len)
{
    uint8_t *to = out;
    while (len > left_in_cell(r)) {
        size_t here = left_in_cell(r);
        memcpy(to, r->pos, here);
        to += here;
        len -= here;
        turn_page(r);
    }
    nm_cell_read(r, to, len);
}

void
nm_cell_skip(nm_cell_reader *r, size_t len)
{
    while (len > left_in_cell(r)) {
        len -= left_in_cell(r);
        turn_page(r);
    }
    r->pos += len;
}

bool
nm_cell_equal(nm_cell_reader *r, nm_span octets)
{
    const uint8_t *other = octets.data;
    size_t len = octets.len;
    while (len > left_in_cell(r)) {
        size_t here = left_in_cell(r);
        if (memcmp(other, r->pos, here) != 0) {
            return false;
        }
        other += here;
        len -= here;
        turn_page(r);
    }
    return len == 0 || memcmp(other, r->pos, len) == 0;
}
