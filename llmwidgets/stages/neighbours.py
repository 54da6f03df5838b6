"""Who is near whom in the full space: exact, by cosine or dot product. Nothing here knows of pictures."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from llmwidgets.errors import InvalidValue
from llmwidgets.language import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch

Measure = Literal["cosine", "dot"]
MEASURES: tuple[Measure, ...] = ("cosine", "dot")

CHUNK = 1 << 23
"""Numbers that are in work at a time (32 MB as float32), however long the table is."""
SPARE = 16
"""Candidates beyond the k nearest that are measured again: as a rule far more than rounding could bring in."""
TINY = 1e-12
"""Below this a norm's squares have left float32's range, or are about to."""


class Table:
    """Vectors in the full space, (n, d): a torch tensor on any device or an array, of any real dtype; float32 and float64 are shared, never copied.

    Raises InvalidValue for other shapes and kinds, and for NaN or infinite values (it names the first one's row and column).
    """

    def __init__(self, vectors: Any) -> None:
        self.tensor: torch.Tensor = _as_tensor(vectors)
        self._version = _version(self.tensor)
        self._norms = self._measured()

    @classmethod
    def of(cls, vectors: Any) -> Table:
        """`vectors` as a Table; one stays what it is."""
        return vectors if isinstance(vectors, Table) else cls(vectors)

    def __len__(self) -> int:
        return int(self.tensor.shape[0])

    def __repr__(self) -> str:
        kind = str(self.tensor.dtype).removeprefix("torch.")
        return f"Table({say(f'{len(self):,} vectors of {self.dimensions:,} in {kind} on {self.tensor.device}')})"

    @property
    def dimensions(self) -> int:
        """The length of each vector."""
        return int(self.tensor.shape[1])

    @property
    def version(self) -> tuple[int, int]:
        """Another one where the tensor is another, or was changed in place as training does."""
        return self.tensor.data_ptr(), _version(self.tensor)

    @property
    def norms(self) -> np.ndarray:
        """(n,) float32: the length of each vector; measured again after the tensor was changed in place."""
        return np.asarray(self._current_norms().cpu().numpy())

    def row(self, index: int) -> np.ndarray:
        """One vector, (d,) float32."""
        return np.asarray(self.rows([index])[0])

    def rows(self, ids: Sequence[int] | np.ndarray) -> np.ndarray:
        """These vectors, (m, d) float32, a copy."""
        return np.asarray(self._picked(self._places(ids)).float().cpu().numpy())

    def mean(self, ids: Sequence[int] | np.ndarray) -> np.ndarray:
        """The mean of these vectors, (d,) float32. Raises InvalidValue where there is none."""
        places = self._places(ids)
        if not len(places):
            raise InvalidValue(
                "No vectors, no mean.", hint="Choose at least one point.", name="ids", value="none", allowed=">= 1"
            )
        total = np.zeros(self.dimensions, np.float64)
        for part in np.array_split(places, -(-len(places) // self.rows_in_work)):
            total += self._picked(part).double().sum(0).cpu().numpy()
        return np.asarray(total / len(places), np.float32)

    def chunks(self) -> Iterator[tuple[int, torch.Tensor]]:
        """(first row, rows as float32 or float64 on the table's device), each part small enough to be copied."""
        for start in range(0, len(self), self.rows_in_work):
            yield start, _exact(self.tensor[start : start + self.rows_in_work])

    @property
    def rows_in_work(self) -> int:
        """How many rows are held in work at a time."""
        return max(1, CHUNK // self.dimensions)

    def scores(self, vector: Any, measure: Measure = "cosine") -> torch.Tensor:
        """(n,) float32 on the table's device: the similarity of `vector` (d,) to each row, by one matrix-vector product.

        By cosine a vector of zeros is similar to nothing (0).
        """
        return self._scores(self._asked(np.asarray(_numbers(vector))[None]), _checked_measure(measure))[0]

    def nearest(
        self, vector: Any, k: int, measure: Measure = "cosine", leave_out: Sequence[int] = ()
    ) -> tuple[tuple[int, float], ...]:
        """The k rows most similar to `vector` (d,): (index, similarity), most similar first, equal ones by index; never those in `leave_out`."""
        asked = self._asked(np.asarray(_numbers(vector))[None])
        left = np.unique(self._places(leave_out))
        indices, values = self._nearest(asked, min(k, len(self) - len(left)), _checked_measure(measure), left[None])
        return tuple(zip(indices[0].tolist(), values[0].tolist(), strict=True))

    def nearest_many(
        self,
        vectors: Any,
        k: int,
        measure: Measure = "cosine",
        leave_self: Sequence[int] | np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """For each of `vectors` (m, d) its k most similar rows: indices (m, k) int64, similarities (m, k) float32; fewer where the table has fewer.

        `leave_self` (m,): the row of each vector in the table, which is not its own neighbour. Memory does not grow with m times n.
        """
        asked = self._asked(_numbers(vectors))
        left = np.zeros((len(asked), 0), np.int64) if leave_self is None else self._places(leave_self)[:, None]
        if len(left) != len(asked):
            raise InvalidValue(
                f"leave_self has {len(left)} entries for {len(asked)} vectors.",
                hint="Give the row of each vector.",
                name="leave_self",
                value=len(left),
                allowed=str(len(asked)),
            )
        k = max(0, min(k, len(self) - left.shape[1]))
        step = max(1, CHUNK // len(self))
        parts = [
            self._nearest(asked[start : start + step], k, _checked_measure(measure), left[start : start + step])
            for start in range(0, len(asked), step)
        ]
        if not parts:
            return np.zeros((0, k), np.int64), np.zeros((0, k), np.float32)
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])

    def _scores(self, asked: torch.Tensor, measure: Measure) -> torch.Tensor:
        """(m, n) float32: similarities of `asked` (m, d) float64 to each row."""
        import torch

        if measure == "cosine":
            lengths = torch.linalg.vector_norm(asked, dim=1, keepdim=True)
            asked = asked / torch.where(lengths > 0, lengths, torch.inf)
        side = asked.to(self.tensor.device, _exact(self.tensor[:0]).dtype)
        if self.tensor.dtype == side.dtype:
            found = (self.tensor @ side[0])[None] if len(side) == 1 else side @ self.tensor.T
        else:
            found = torch.cat([side @ rows.T for _, rows in self.chunks()], dim=1)
        if measure == "cosine":
            norms = self._current_norms()
            found = (found / torch.where(norms > 0, norms, 1)).clamp_(-1, 1)
        scores: torch.Tensor = found.float()
        return scores

    def _nearest(
        self, asked: torch.Tensor, k: int, measure: Measure, left: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Indices and similarities of the k nearest of each of `asked` (m, d); `left` (m, any) are no candidates."""
        import torch

        if k <= 0:
            return np.zeros((len(asked), 0), np.int64), np.zeros((len(asked), 0), np.float32)
        scores = self._scores(asked, measure)
        scores.scatter_(1, torch.from_numpy(left).to(scores.device), -torch.inf)
        error = self._error(asked, measure)
        certain = torch.topk(scores - error, k, dim=1).values[:, -1:]
        at_best = scores + error
        possible = at_best >= certain
        top = torch.topk(at_best, min(k + SPARE, len(self) - left.shape[1]), dim=1).indices.cpu().numpy()
        indices = np.empty((len(asked), k), np.int64)
        values = np.empty((len(asked), k), np.float32)
        for row, count in enumerate(possible.sum(1).tolist()):
            candidates = top[row, :count]
            if count > len(candidates):
                candidates = possible[row].nonzero()[:, 0].cpu().numpy()
            indices[row], values[row] = self._ranked(asked[row], candidates, k, measure)
        return indices, values

    def _error(self, asked: torch.Tensor, measure: Measure) -> torch.Tensor:
        """How far rounding may have moved a score: sums of d products in float32, added up in at least eight lanes."""
        import torch

        share = float(np.finfo(np.float32).eps) * (self.dimensions / 8 + 16)
        if measure == "cosine":
            return torch.full((1, 1), share, device=self.tensor.device)
        lengths: torch.Tensor = torch.linalg.vector_norm(asked, dim=1, keepdim=True).float()
        return share * lengths.to(self.tensor.device) * self._current_norms()

    def _ranked(
        self, vector: torch.Tensor, candidates: np.ndarray, k: int, measure: Measure
    ) -> tuple[np.ndarray, np.ndarray]:
        """The k nearest of the candidates, measured in float64: a product's rounding depends on where a row stands in the table."""
        import torch

        vector = vector.cpu()
        found = []
        for part in np.array_split(candidates, -(-len(candidates) // self.rows_in_work)):
            rows = self._picked(part).cpu().double()
            similar = (rows * vector).sum(1)
            if measure == "cosine":
                both = torch.linalg.vector_norm(rows, dim=1) * torch.linalg.vector_norm(vector)
                similar = torch.where(both > 0, similar / torch.where(both > 0, both, 1), 0).clamp(-1, 1)
            found.append(similar.float().numpy())
        values = np.concatenate(found)
        order = np.lexsort((candidates, -values))[:k]
        return candidates[order], values[order]

    def _picked(self, places: np.ndarray) -> torch.Tensor:
        import torch

        # index_select knows no 8-bit types
        picked: torch.Tensor = self.tensor[torch.from_numpy(places).to(self.tensor.device)]
        return picked

    def _places(self, ids: Sequence[int] | np.ndarray) -> np.ndarray:
        places = np.asarray(ids, np.int64).reshape(-1)
        wrong = (places < 0) | (places >= len(self))
        if wrong.any():
            value = int(places[wrong][0])
            raise InvalidValue(
                f"There is no row {value:,}.",
                hint=f"The table has rows 0 to {len(self) - 1:,}.",
                name="row",
                value=value,
                allowed=f"0 to {len(self) - 1}",
            )
        return places

    def _asked(self, vectors: np.ndarray) -> torch.Tensor:
        """(m, d) float64, on the CPU."""
        import torch

        if vectors.ndim != 2 or vectors.shape[1] != self.dimensions:
            raise InvalidValue(
                f"A vector of the shape {vectors.shape[1:]} cannot be compared with vectors of {self.dimensions} numbers.",
                hint=f"Give vectors of {self.dimensions} numbers.",
                name="vector",
                value=str(vectors.shape[1:]),
                allowed=f"({self.dimensions},)",
            )
        with np.errstate(over="ignore"):
            finite = np.isfinite(vectors.astype(np.float32)).all()
        if not finite:
            raise InvalidValue(
                "The vector holds NaN or infinite numbers, or such as float32 cannot hold.",
                hint="Check where it comes from.",
                name="vector",
                value="NaN or infinite",
                allowed="finite numbers",
            )
        return torch.from_numpy(np.ascontiguousarray(vectors, np.float64))

    def _current_norms(self) -> torch.Tensor:
        version = _version(self.tensor)
        if version != self._version:
            self._norms, self._version = self._measured(), version
        return self._norms

    def _measured(self) -> torch.Tensor:
        """The norms, float32. Raises InvalidValue where one is not finite: then a value is not."""
        import torch

        norms = torch.cat([_lengths(rows) for _, rows in self.chunks()])
        if not bool(torch.isfinite(norms).all()):
            raise self._refuse(int((~torch.isfinite(norms)).nonzero()[0]))
        return norms

    def _refuse(self, row: int) -> InvalidValue:
        values = self.tensor[row].cpu().double().numpy()
        wrong = np.flatnonzero(~np.isfinite(values))
        if not len(wrong):
            return InvalidValue(
                f"The vector in row {row:,} is too long for float32.",
                hint="Scale the vectors down.",
                name="vectors",
                value=f"row {row}",
                allowed="vectors whose length float32 can hold",
            )
        column = int(wrong[0])
        return InvalidValue(
            f"The vectors hold {values[column]} in row {row:,}, column {column:,}.",
            hint="Only finite numbers can be shown: check where the vectors come from, or leave such rows out.",
            name="vectors",
            value=f"{values[column]} (row {row}, column {column})",
            allowed="finite numbers",
        )


def cosine_similarities(vectors: np.ndarray) -> np.ndarray:
    """Cosine of every pair, (n, d) to (n, n) float32. A vector of zeros is similar to nothing (0), itself included."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, norms, out=np.zeros_like(vectors, dtype=np.float32), where=norms > 0)
    return np.asarray(np.clip(unit @ unit.T, -1.0, 1.0), np.float32)


def neighbors(similarities: np.ndarray, index: int, k: int) -> list[tuple[int, float]]:
    """The k points most similar to `index`, most similar first, itself left out, equal ones by index."""
    order = np.lexsort((np.arange(len(similarities)), -similarities[index]))
    return [(int(other), float(similarities[index, other])) for other in order if other != index][:k]


def grouped(similarities: np.ndarray) -> tuple[int, ...]:
    """The points in an order in which similar ones stand together: the leaves of a tree by average linkage on 1 - cosine, turned so that neighbours are as near as can be."""
    count = len(similarities)
    if count < 3:
        return tuple(range(count))
    from scipy.cluster.hierarchy import leaves_list, linkage

    upper = np.triu_indices(count, 1)
    apart = np.clip(1.0 - similarities.astype(np.float64)[upper], 0.0, 2.0)
    return tuple(leaves_list(linkage(apart, "average", optimal_ordering=True)).tolist())


def _as_tensor(vectors: Any) -> torch.Tensor:
    """(n, d), real and floating, sharing memory where that is possible."""
    import torch

    if isinstance(vectors, torch.Tensor):
        tensor = vectors.detach()
        if tensor.is_meta:
            raise _refuse_kind("a meta tensor, which has no numbers")
        if tensor.is_complex() or tensor.layout != torch.strided:
            raise _refuse_kind(str(tensor.dtype if tensor.is_complex() else tensor.layout).removeprefix("torch."))
        tensor = tensor if tensor.is_floating_point() else tensor.float()
    else:
        tensor = _shared(_numbers(vectors))
    if tensor.ndim != 2 or 0 in tensor.shape:
        shape = tuple(tensor.shape)
        raise InvalidValue(
            f"Vectors must have the shape (n, d), one row a point; these have {shape}.",
            hint="Give one row for each point and at least one number in it.",
            name="vectors",
            value=str(shape),
            allowed="(n, d)",
        )
    return tensor


def _shared(array: np.ndarray) -> torch.Tensor:
    import torch

    if array.dtype.itemsize == 16 or not array.dtype.isnative or any(step < 0 for step in array.strides):
        array = array.astype(np.float32)
    with warnings.catch_warnings():
        # nothing here writes into the table
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable", category=UserWarning)
        return torch.from_numpy(array)


def _numbers(values: Any) -> np.ndarray:
    """Real floating numbers; float16, float32 and float64 arrays as they are."""
    from llmwidgets.arrays import to_numpy

    try:
        array = to_numpy(values)
    except ValueError:
        raise _refuse_kind("rows of different lengths") from None
    if array.dtype.kind in "iub":
        return array.astype(np.float32)
    if array.dtype.kind != "f":
        raise _refuse_kind(str(array.dtype))
    return array


def _refuse_kind(value: str) -> InvalidValue:
    return InvalidValue(
        f"Vectors cannot be made of {value}.",
        hint="Give an array or a tensor of real numbers.",
        name="vectors",
        value=value,
        allowed="real numbers",
    )


def _checked_measure(measure: Measure) -> Measure:
    if measure in MEASURES:
        return measure
    raise InvalidValue(
        f"measure cannot be {measure!r:.60}.",
        hint='Take "cosine" or "dot".',
        name="measure",
        value=f"{measure!r:.60}",
        allowed=", ".join(MEASURES),
    )


def _exact(tensor: torch.Tensor) -> torch.Tensor:
    """In a type in which sums are exact enough: half-precision types as float32."""
    import torch

    return tensor if tensor.dtype in (torch.float32, torch.float64) else tensor.float()


def _lengths(rows: torch.Tensor) -> torch.Tensor:
    """(n,) float32."""
    import torch

    norms = torch.linalg.vector_norm(rows, dim=1)
    small = norms < TINY
    if bool(small.any()):
        norms[small] = torch.linalg.vector_norm(rows[small].cpu().double(), dim=1).to(norms)
    lengths: torch.Tensor = norms.float()
    return lengths


def _version(tensor: torch.Tensor) -> int:
    """How often the tensor was changed in place; one made in inference mode does not count that."""
    return 0 if tensor.is_inference() else int(tensor._version)
