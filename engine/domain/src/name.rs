//! Small integers for names, so that usage rows carry no text.

/// The id of a name (carrier, interconnect, service, plan, deck, destination, group, source) in the books' one
/// table of names. Names are only ever added; an id never changes its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NameId(pub u32);
