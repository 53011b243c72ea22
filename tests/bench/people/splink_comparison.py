"""Compare the same people with Splink, in an interpreter of its own: Doorward does not depend on it.

The argument is a file of JSON with `people` and `truth`. Splink gets names in lower-case Latin letters without accents, since
planted people are written in several scripts, addresses and digits of phone numbers; pairs of which one has the names the other way
round are compared, too. Settings are those that its documentation recommends: its comparisons of names and addresses, adjusted for
frequent values; a share of duplicates that is estimated from rules that are hardly ever wrong; and parameters that are estimated
from pairs that agree in something else (with pairs of one address or phone it learned what families and offices look like: F1 0.19).
The figures are at its best threshold.
"""

import json
import sys
import time
from pathlib import Path

import pandas as pd
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink import comparison_library as cl

LEAST_WEIGHT, MOST_WEIGHT = -5, 45
"""The thresholds that are tried: match weights, in bits. All of probability 0.999 and more begin at 10."""


def main() -> int:
    """Print the figures."""
    data = json.loads(Path(sys.argv[1]).read_text())
    truth = {tuple(pair) for pair in data["truth"]}
    frame = pd.DataFrame(
        [
            {
                "unique_id": person["id"],
                "first_name": person["first_latin"] or None,
                "last_name": person["last_latin"] or None,
                "email": (person["email"] or "").lower() or None,
                "phone": "".join(filter(str.isdigit, person["phone"] or ""))[-9:] or None,
                "birth_date": person["extra"].get("birth_date"),
            }
            for person in data["people"]
        ]
    )
    began = time.perf_counter()
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on("email"),
            block_on("phone"),
            block_on("first_name", "substr(last_name, 1, 3)"),
            block_on("last_name", "substr(first_name, 1, 1)"),
            block_on("birth_date"),
            "l.first_name = r.last_name and l.last_name = r.first_name",
        ],
        comparisons=[
            cl.NameComparison("first_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("last_name").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email").configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("phone", [1]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("birth_date"),
        ],
    )
    linker = Linker(DuckDBAPI().register(frame), settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("first_name", "last_name", third) for third in ("phone", "email", "birth_date")], recall=0.5
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2e7, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("first_name", "last_name"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("birth_date"))
    rows = linker.inference.predict(threshold_match_weight=LEAST_WEIGHT).as_pandas_dataframe()
    seconds = time.perf_counter() - began
    best: dict[str, float] = {}
    for threshold in range(LEAST_WEIGHT, MOST_WEIGHT):
        chosen = rows[rows.match_weight >= threshold]
        pairs = {tuple(sorted(pair)) for pair in zip(chosen.unique_id_l, chosen.unique_id_r, strict=True)}
        hits = len(pairs & truth)
        recall, precision = hits / len(truth), hits / max(len(pairs), 1)
        f1 = 2 * recall * precision / max(recall + precision, 1e-9)
        if f1 > best.get("f1", 0.0):
            best = {"f1": f1, "threshold": threshold, "recall": recall, "precision": precision}
    figures = {name: round(value, 4) for name, value in best.items()}
    print(json.dumps({"seconds": round(seconds, 2), "candidates": len(rows), **figures}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
