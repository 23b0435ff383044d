/* SPDX-License-Identifier: Apache-2.0 */
/* Memory in cells of one size, and runs of octets that go over several of them: what is given back
 * by small things serves large ones, and nothing is asked for while there are free cells. */
#ifndef NM_CAPTURE_CELLS_H
#define NM_CAPTURE_CELLS_H

#include "base/allocator.h"
#include "base/span.h"
#include "base/status.h"

enum {
    NM_CELL_LEN = 256,   /**< Octets of a cell. */
    NM_CELL_CHUNK = 256, /**< Cells that are asked for at a time. */
};

/** Number of no cell. */
#define NM_CELL_NONE UINT32_MAX

/** Cells, known by their numbers. Memory goes back only with all of them. */
typedef struct nm_cells {
    const nm_allocator *allocator;
    void **chunks;
    uint32_t chunk_count;
    uint32_t chunk_cap;
    uint32_t free;   /**< The first free cell. */
    uint32_t in_use; /**< How many are taken. */
} nm_cells;

/** No cells yet. @param allocator  Borrowed until nm_cells_clear(). */
void nm_cells_init(nm_cells *cells, const nm_allocator *allocator);

/** Give all memory back. */
void nm_cells_clear(nm_cells *cells);

/** The octets of a cell, aligned for any type; they stay where they are. */
static inline void *
nm_cells_at(const nm_cells *cells, uint32_t index)
{
    uint8_t *chunk = cells->chunks[index / NM_CELL_CHUNK];
    return chunk + (size_t)(index % NM_CELL_CHUNK) * NM_CELL_LEN;
}

/** Take a cell, whose content is undefined.
 *  @return its number; NM_CELL_NONE: there is no memory. */
uint32_t nm_cells_take(nm_cells *cells);

/** Give a cell back. */
void nm_cells_give_back(nm_cells *cells, uint32_t index);

/** Give back the cells that nm_cell_write() took.
 *  @param more  What it wrote to the link that it was given; NM_CELL_NONE: none. */
void nm_cells_give_chain_back(nm_cells *cells, uint32_t more);

/** Where octets are being written to. */
typedef struct nm_cell_writer {
    nm_cells *cells;
    uint32_t *link; /**< Gets the number of the next cell; holds NM_CELL_NONE. */
    uint8_t *pos;
    size_t left; /**< Room in this cell. */
} nm_cell_writer;

/** What nm_cell_write() calls when the cell is too short. */
NM_MUST_CHECK nm_status nm_cell_write_on(nm_cell_writer *w, const void *octets, size_t len);

/** Write octets, taking cells as they are needed.
 *  @return NM_OK, NM_E_NOMEM: a part was written, and its cells are to be given back. */
NM_MUST_CHECK static inline nm_status
nm_cell_write(nm_cell_writer *w, const void *octets, size_t len)
{
    if (len > w->left) {
        return nm_cell_write_on(w, octets, len);
    }
    memcpy(w->pos, octets, len);
    w->pos += len;
    w->left -= len;
    return NM_OK;
}

/** Where octets are being read from. */
typedef struct nm_cell_reader {
    const nm_cells *cells;
    const uint8_t *pos;
    const uint8_t *end; /**< Of those that lie together. */
    uint32_t next;      /**< The cell with more. */
} nm_cell_reader;

/** What nm_cell_read() calls at the end of a cell. */
void nm_cell_read_on(nm_cell_reader *r, void *out, size_t len);

/** Copy the next `len` octets, which must be there. */
static inline void
nm_cell_read(nm_cell_reader *r, void *out, size_t len)
{
    if (len > (size_t)(r->end - r->pos)) {
        nm_cell_read_on(r, out, len);
        return;
    }
    memcpy(out, r->pos, len);
    r->pos += len;
}

/** Pass over the next `len` octets, which must be there. */
void nm_cell_skip(nm_cell_reader *r, size_t len);

/** True when the next octets, which must be as many, are these. The reader moves somewhere. */
bool nm_cell_equal(nm_cell_reader *r, nm_span octets);

#endif
