//! Every command in every state by every actor.
