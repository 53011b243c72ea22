"""Compare the same people with Splink, in an interpreter of its own: Doorward does not depend on it.

The argument is a file of JSON with `people` and `truth`. Splink gets names in lower-case Latin letters without accents, since
planted people are written in several scripts, addresses and digits of phone numbers; it compares first and last names also the
other way round. Its parameters are estimated from the data as its documentation says. The figures are at its best threshold.
"""

import json
import sys
import time
from pathlib import Path

import pandas as pd
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink import comparison_library as cl


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
            cl.ForenameSurnameComparison("first_name", "last_name", jaro_winkler_thresholds=[0.92, 0.8]),
            cl.EmailComparison("email"),
            cl.LevenshteinAtThresholds("phone", [1]),
            cl.ExactMatch("birth_date"),
        ],
    )
    linker = Linker(DuckDBAPI().register(frame), settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("email"), block_on("first_name", "last_name", "phone")], recall=0.7
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2e7, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("email"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("phone"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("last_name", "first_name"))
    rows = linker.inference.predict(threshold_match_probability=0.05).as_pandas_dataframe()
    seconds = time.perf_counter() - began
    best: dict[str, float] = {}
    for threshold in (0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.99, 0.999):
        chosen = rows[rows.match_probability >= threshold]
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
