//! For whom an operation is done, in the user's own words.

use std::fmt;
use std::sync::Arc;

/// What is known of it.
#[derive(Clone, Default)]
pub(crate) struct Ids {
    pub(crate) conversation: Option<Arc<str>>,
    pub(crate) user: Option<Arc<str>>,
}

impl Ids {
    /// These, and of what they do not say the others.
    pub(crate) fn or(&self, around: &Self) -> Self {
        Self {
            conversation: self.conversation.clone().or_else(|| around.conversation.clone()),
            user: self.user.clone().or_else(|| around.user.clone()),
        }
    }
}

impl fmt::Debug for Ids {
    /// Who it is stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (conversation, user) = (self.conversation.is_some(), self.user.is_some());
        f.debug_struct("Ids").field("conversation", &conversation).field("user", &user).finish()
    }
}
