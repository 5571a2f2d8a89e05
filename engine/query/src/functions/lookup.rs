//! Names by their ids and words by their codes: views are gathered from one shared array, no text is copied and
//! nothing is joined.

use crate::columns::TEXT;
use crate::error::{Error, illegal};
use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringViewArray, UInt32Array};
use arrow::compute::{cast, max, min, take};
use arrow::datatypes::{DataType, UInt32Type};
use datafusion::error::Result;
use datafusion::logical_expr::interval_arithmetic::Interval;
use datafusion::logical_expr::preimage::PreimageResult;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion::scalar::ScalarValue;
use didtron_domain::NameId;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A text for each number from 1.
#[derive(Debug)]
pub(crate) struct Lookup {
    what: &'static str,
    signature: Signature,
    /// By number; the one of 0 is null.
    texts: Arc<StringViewArray>,
}

impl Lookup {
    /// All names of the books.
    pub(crate) fn names(mut names: Vec<(NameId, String)>) -> Result<Self, Error> {
        names.sort_unstable();
        if let Some((at, _)) = (1..).zip(&names).find(|(at, (id, _))| *at != id.0) {
            return Err(Error::Damaged(format!(
                "the books' names are not numbered one by one: {at} is missing or there twice; restore them from a backup"
            )));
        }
        Ok(Self::new("name", DataType::UInt32, names.iter().map(|(_, name)| name.as_str())))
    }

    /// The words of an enum whose codes count from 1.
    pub(crate) fn words(what: &'static str, words: &[&str]) -> Self {
        Self::new(what, DataType::UInt8, words.iter().copied())
    }

    /// The ids of re-rates, as the session counts them.
    pub(crate) fn rerates(ids: &[String]) -> Self {
        Self::new("rerate", DataType::UInt32, ids.iter().map(String::as_str))
    }

    fn new<'a>(what: &'static str, number: DataType, texts: impl Iterator<Item = &'a str>) -> Self {
        // By way of a plain array all texts lie in one buffer, which every result shares.
        let plain = StringArray::from_iter(std::iter::once(None).chain(texts.map(Some)));
        let signature = Signature::new(TypeSignature::Exact(vec![number]), Volatility::Immutable);
        Self { what, signature, texts: Arc::new(StringViewArray::from(&plain)) }
    }

    fn gather(&self, numbers: &UInt32Array) -> Result<ArrayRef> {
        let known = 1..u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        for edge in [min(numbers), max(numbers)].into_iter().flatten() {
            if !known.contains(&edge) {
                return Err(illegal(self.what, edge));
            }
        }
        Ok(take(self.texts.as_ref(), numbers, None)?)
    }
}

impl PartialEq for Lookup {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.texts, &other.texts)
    }
}

impl Eq for Lookup {}

impl Hash for Lookup {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.what.hash(state);
    }
}

impl ScalarUDFImpl for Lookup {
    fn name(&self) -> &str {
        self.what
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(TEXT)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let numbers = args.args[0].to_array(1)?;
        let texts = match numbers.data_type() {
            DataType::UInt32 => self.gather(numbers.as_primitive::<UInt32Type>())?,
            _ => self.gather(cast(&numbers, &DataType::UInt32)?.as_primitive::<UInt32Type>())?,
        };
        Ok(match &args.args[0] {
            ColumnarValue::Array(_) => ColumnarValue::Array(texts),
            ColumnarValue::Scalar(_) => ColumnarValue::Scalar(ScalarValue::try_from_array(&texts, 0)?),
        })
    }

    /// A comparison with a text becomes one of the numbers, before any text is gathered.
    fn preimage(&self, args: &[Expr], literal: &Expr, _info: &SimplifyContext) -> Result<PreimageResult> {
        let Expr::Literal(value, _) = literal else { return Ok(PreimageResult::None) };
        let Some(Some(text)) = value.try_as_str() else { return Ok(PreimageResult::None) };
        let Some(at) = self.texts.iter().position(|known| known == Some(text)) else {
            return Ok(PreimageResult::None);
        };
        let (Ok(at), TypeSignature::Exact(takes)) = (u32::try_from(at), &self.signature.type_signature) else {
            return Ok(PreimageResult::None);
        };
        let bound = |number: u32| ScalarValue::UInt32(Some(number)).cast_to(&takes[0]);
        let interval = Box::new(Interval::try_new(bound(at)?, bound(at + 1)?)?);
        Ok(PreimageResult::Range { expr: args[0].clone(), interval })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gathers_names_and_refuses_unknown_ids() {
        let names = [(2, "sol"), (1, "acme")].map(|(id, name)| (NameId(id), name.to_owned()));
        let lookup = Lookup::names(names.to_vec()).unwrap();
        let made = lookup.gather(&UInt32Array::from(vec![Some(2), None, Some(1)])).unwrap();
        let texts: Vec<_> = made.as_string_view().iter().collect();
        assert_eq!(texts, [Some("sol"), None, Some("acme")]);
        for unknown in [0, 3] {
            let error = lookup.gather(&UInt32Array::from(vec![1, unknown])).unwrap_err().to_string();
            assert!(error.contains(&format!("holds {unknown} as name")), "{error}");
        }
    }

    #[test]
    fn names_with_a_gap_are_damage() {
        let names = [(1, "acme"), (3, "sol")].map(|(id, name)| (NameId(id), name.to_owned()));
        assert!(Lookup::names(names.to_vec()).unwrap_err().to_string().contains("2 is missing"));
    }
}
