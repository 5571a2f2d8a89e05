//! What is read from suppliers' sheets, and what is refused: over look-alikes that lie beside the tests, over sheets
//! made here, and over real ones where they are at hand.

mod fixtures;
mod notice_cases;
mod properties;
mod refusals;
mod shared_data;
mod shown;
mod workbooks;
mod xlsx;
