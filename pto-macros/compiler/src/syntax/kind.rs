//! What names and expressions stand for, as far as tensors are in them.

/// Dense number of an expression that makes an empty vector, in source order.
pub type VectorId = usize;

/// What a name or an expression stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A tensor that tasks may write.
    Tensor,
    /// A tensor that tasks only read.
    View,
    /// A tensor parameter declared `In<T>`, by its name: the host may read its elements.
    Input,
    /// A tuple.
    Tuple(Vec<Kind>),
    /// An array: what its elements are, and how many.
    Array(Box<Kind>, usize),
    /// A vector: what its elements are, and which expression made it, if it was empty then.
    Vector(Box<Kind>, Option<VectorId>),
    /// A reference.
    Ref {
        /// Whether it is `&mut`.
        exclusive: bool,
        /// What it refers to.
        of: Box<Kind>,
    },
    /// An `Option`.
    Optional(Box<Kind>),
    /// An ordinary value.
    Host,
}

impl Kind {
    /// Whether it is one tensor.
    pub fn is_tensor(&self) -> bool {
        matches!(self, Self::Tensor | Self::View | Self::Input)
    }

    /// Whether it is an ordinary value.
    pub fn is_host(&self) -> bool {
        matches!(self, Self::Host)
    }

    /// Whether a tensor is in it.
    pub fn has_tensor(&self) -> bool {
        match self {
            Self::Tensor | Self::View | Self::Input => true,
            Self::Tuple(parts) => parts.iter().any(Self::has_tensor),
            Self::Array(of, _)
            | Self::Vector(of, _)
            | Self::Ref { of, .. }
            | Self::Optional(of) => of.has_tensor(),
            Self::Host => false,
        }
    }

    /// Whether it is an array or a vector.
    pub fn is_collection(&self) -> bool {
        matches!(self, Self::Array(..) | Self::Vector(..))
    }

    /// What is left without references around it.
    pub fn peeled(&self) -> &Self {
        match self {
            Self::Ref { of, .. } => of.peeled(),
            kind => kind,
        }
    }

    /// What one of the elements of an array or a vector is.
    pub fn element(&self) -> Option<&Self> {
        match self {
            Self::Array(of, _) | Self::Vector(of, _) => Some(of),
            _ => None,
        }
    }

    /// What another name for it stands for.
    pub fn renamed(self) -> Self {
        match self {
            Self::Input => Self::View,
            kind => kind,
        }
    }

    /// A reference to it.
    pub fn borrowed(self, exclusive: bool) -> Self {
        Self::Ref {
            exclusive,
            of: Box::new(self),
        }
    }

    /// What a pattern of `count` parts takes it apart into: a tuple or, for `slice`
    /// patterns, an array, also behind a reference.
    pub fn parts(&self, count: usize, slice: bool) -> Option<Vec<Self>> {
        match self {
            Self::Tuple(parts) if !slice && parts.len() == count => Some(parts.clone()),
            Self::Array(of, len) if slice && *len == count => Some(vec![(**of).clone(); count]),
            Self::Ref { exclusive, of } => {
                let parts = of.parts(count, slice)?.into_iter();
                Some(parts.map(|part| part.borrowed(*exclusive)).collect())
            }
            _ => None,
        }
    }
}
