"""The fixed catalogue of lines a scorer may say to a contestant.

English templates with `{placeholders}`; they are message ids for the portal's translations, so a
change here needs one there. Codes are stable. A row is counted as an editor or spreadsheet counts
it: in CSV and JSONL it is the line of the file, elsewhere the first row is 1.
"""

from scoring.kinds import worded

_FILE: dict[str, str] = {
    "file-empty": "The file is empty.",
    "file-missing": "No file was handed over to be scored.",
    "file-no-rows": "The file has a header but no rows; {expected} rows are expected.",
    "file-not-text": "The file is not text, although its name says {format}; it seems to be {found_kind}.",
    "file-not-utf8": "Row {row}: the text is not UTF-8. Save the file with UTF-8 encoding.",
    "file-wrong-format": "The file's name says {format}, but its content is {found_kind}.",
    "file-unknown-format": "The file is {found_kind}, which cannot be read here; use {expected}.",
    "file-line-endings": "Lines must end with LF or CRLF; this file uses a bare CR.",
    "line-too-long": "Row {row}: the line is longer than {limit} bytes.",
    "rows-too-many": "The file has more than {limit} rows.",
    "parquet-unreadable": "The Parquet file cannot be read: it is truncated or damaged.",
    "parquet-too-large": "The Parquet file unpacks to {found} MiB; at most {limit} MiB are allowed.",
    "npy-unreadable": "The NumPy file cannot be read: it is truncated or damaged.",
    "npy-pickled": "The NumPy file holds Python objects, which are never loaded. Save plain numbers.",
    "npz-names": "The NPZ file must hold the arrays {expected}; found {found}.",
    "array-dtype": "Array {column} must hold numbers; its type is {found}.",
    "array-shape": "Array {column} has shape {found}; expected {expected}.",
    "array-too-large": "Array {column} is larger than {limit} MiB.",
}

_TABLE: dict[str, str] = {
    "header-missing": "Row 1 must be the header {expected}; found {found}.",
    "wrong-delimiter": "Columns must be separated by commas; row 1 seems to use {found_kind}.",
    "column-missing": "Column {column} is missing. Expected columns: {expected}; found: {found}.",
    "column-extra": "Column {column} is not expected. Expected columns: {expected}.",
    "column-unnamed": "There is a column without a name, perhaps a row index written by pandas "
    "(write with index=False). Expected columns: {expected}.",
    "column-duplicate": "Column {column} appears more than once.",
    "column-not-number": "Column {column} must hold numbers; its type is {found}.",
    "column-not-integer": "Column {column} must hold whole numbers; its type is {found}.",
    "column-not-text": "Column {column} must hold text; its type is {found}.",
    "column-not-unicode": "Column {column} holds text that is not valid Unicode.",
    "cell-count": "Row {row} has {found} cells; expected {expected}.",
    "row-quotes": "Row {row}: the quotes are not closed properly.",
    "row-not-json": "Row {row} is not valid JSON.",
    "row-not-object": "Row {row} must be a JSON object with the keys {expected}.",
    "row-key-missing": "Row {row}: key {column} is missing; expected the keys {expected}.",
    "row-key-extra": "Row {row}: key {column} is not expected; expected the keys {expected}.",
    "row-key-duplicate": "Row {row}: key {column} appears more than once.",
    "value-empty": "Row {row}, column {column}: the value is empty.",
    "value-nan": "Row {row}, column {column}: the value is not a number (NaN); expected a finite number.",
    "value-infinite": "Row {row}, column {column}: the value is infinite; expected a finite number.",
    "value-not-number": "Row {row}, column {column}: expected a number, found {found}.",
    "value-not-integer": "Row {row}, column {column}: expected a whole number, found {found}.",
    "value-not-text": "Row {row}, column {column}: expected text, found {found}.",
    "value-not-allowed": "Row {row}, column {column}: expected one of {expected}, found {found}.",
    "value-too-small": "Row {row}, column {column}: expected at least {minimum}, found {found}.",
    "value-too-large": "Row {row}, column {column}: expected at most {maximum}, found {found}.",
    "ids-shifted": "Every id is off by {offset}: your ids run from {found_first} to {found_last}, expected "
    "are {expected_first} to {expected_last}.",
    "id-missing": "There is no row for id {id}.",
    "id-unknown": "Row {row}: id {id} is not one of the expected ids.",
    "id-duplicate": "Row {row}: id {id} was already given in row {first_row}.",
    "more-like-this": "… and {count} more of this kind.",
    "stopped-early": "Reading stopped at row {row} because there were too many faults.",
}

_ARRAYS: dict[str, str] = {
    "stats-unreadable": "The measurements of the model runner cannot be read.",
}

_RECORDS: dict[str, str] = {
    "line-count": "The file has {found} lines; one answer a line is wanted, {expected} in all.",
    "answer-not-text": "Row {row}, id {id}: expected text, found {found}.",
    "answer-too-long": "Row {row}, id {id}: the text has {found} characters; at most {limit} are allowed.",
    "answer-not-unicode": "Row {row}, id {id}: the text is not valid Unicode.",
    "answer-not-list": "Row {row}, id {id}: expected a list, found {found}.",
    "answer-too-many": "Row {row}, id {id}: the list has {found} items; at most {limit} are allowed.",
    "item-keys": "Row {row}, id {id}, item {item}: expected an object with the keys {expected}, "
    "found {found}.",
    "item-not-whole": "Row {row}, id {id}, item {item}: {column} must be a whole number from 0 to {maximum}, "
    "found {found}.",
    "item-not-number": "Row {row}, id {id}, item {item}: {column} must be a finite number of at most 1e9, "
    "found {found}.",
    "item-not-text": "Row {row}, id {id}, item {item}: {column} must be text, found {found}.",
    "item-label": "Row {row}, id {id}, item {item}: expected one of the labels {expected}, found {found}.",
    "item-twice": "Row {row}, id {id}, item {item}: it was already item {first_item}.",
    "span-empty": "Row {row}, id {id}, item {item}: the end {end} must lie after the start {start}.",
    "tag-unknown": "Row {row}, id {id}, item {item}: a tag is O, or B-, I-, E- or S- and a label; "
    "found {found}.",
    "tags-count": "Row {row}, id {id}: there are {found} tags; expected {expected}, one for each token.",
    "box-shape": "Row {row}, id {id}, item {item}: a box is [x, y, width, height], found {found}.",
    "box-empty": "Row {row}, id {id}, item {item}: width and height of a box must be above 0.",
    "mask-size": "Row {row}, id {id}: the size of a mask is [height, width], found {found}.",
    "mask-size-wrong": "Row {row}, id {id}: the mask has the size {found}; expected {expected}.",
    "mask-rle": "Row {row}, id {id}, item {item}: run lengths are pairs of a start from 1 and a length, one "
    "after the other, within {expected} pixels; found {found}.",
    "mask-counts": "Row {row}, id {id}: the run lengths add up to {found} pixels; the mask has {expected}.",
}

_FUNCTION: dict[str, str] = {
    "import-failed": "Your module could not be imported: {type} in line {line}: {detail}",
    "host-ended": "Your program ended before it was ready.",
    "host-silent": "Your module was not imported within {limit_s} seconds.",
    "host-protocol": "Your program disturbed the connection to the judge.",
    "function-missing": "Your module defines no function {function}.",
    "call-raised": "{function} raised {type} in line {line} of your module.",
    "call-raised-elsewhere": "{function} raised {type}.",
    "call-died": "{function} ended the whole process instead of returning.",
    "call-timeout": "{function} did not return within {limit_s} seconds.",
    "call-not-run": "Not run, because your program had ended before.",
    "reply-type": "{function} returned a value of type {found}, which is no number, text, list, tuple, "
    "dict or array.",
    "reply-too-large": "{function} returned more than {limit_mib} MiB.",
    "reply-malformed": "The answer of {function} cannot be read.",
    "check-type": "{function} returned a value of type {found}; {expected_kind} is expected.",
    "check-array-type": "{function} returned an array of type {found} and shape {shape}; "
    "{expected_kind} is expected.",
    "check-shape": "{function} returned an array of shape {found}; another shape is expected.",
    "check-not-finite": "{function} returned NaN or an infinite number.",
    "check-not-close": "{function} returned a value that is not close enough to the expected one.",
    # The property in both languages: the Chinese translation of this template is "{zh}".
    "check-property": "{en}",
}

_CASES: dict[str, str] = {
    "case-wrong": "The output is not the expected one.",
    "case-wrong-word": "The output differs from the expected one in word {number}.",
    "case-wrong-line": "The output differs from the expected one in line {number}.",
    "case-wrong-file": "The output differs from the expected one.",
    "case-partial": "The output is partly right.",
    "case-not-run": "Not run, because an earlier test had failed.",
}

_INTERACTIVE: dict[str, str] = {
    "agent-ended": "Your program ended, or closed its output, before the episode was over.",
    "agent-silent": "Your program did not answer in time.",
    "agent-line-too-long": "Your program wrote a line that is too long.",
    "agent-not-json": "Your program wrote a line that is not JSON.",
    "agent-not-text": "Your program wrote a line that is not UTF-8 text.",
    "agent-number": "Your program answered something that is not a number from {lowest} to {highest}.",
    # The organizer's own words: the Chinese translation of this template is "{zh}".
    "agent-broke-protocol": "{en}",
    "episode-unsolved": "Played to the end, but not solved.",
    "episode-not-run": "Not played, because your program had ended before.",
}

_SERVICE: dict[str, str] = {
    "service-not-listening": "Your server did not take a connection in time.",
    "service-no-answer": "Your server answered none of the requests.",
}

_CUSTOM: dict[str, str] = {
    # The organizer's own words: the Chinese translation of this template is "{zh}".
    "scorer-says": "{en}",
    "results-unreadable": "The zip of results cannot be unpacked: it is damaged, too large or has odd names.",
}

CATALOGUE: dict[str, str] = {
    **_FILE,
    **_TABLE,
    **_ARRAYS,
    **_RECORDS,
    **_FUNCTION,
    **_CASES,
    **_INTERACTIVE,
    **_SERVICE,
    **_CUSTOM,
}


def render(code: str, params: dict[str, str | int | float]) -> str:
    """Return the English line for a message; an unknown code is shown as itself.

    Args:
        code: key of `CATALOGUE`.
        params: values for the placeholders.
    """
    return CATALOGUE.get(code, code).format_map(worded(params))
