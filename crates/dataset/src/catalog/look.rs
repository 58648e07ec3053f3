//! What files are, where their names do not say.

use crate::DatasetError;
use crate::file::contents;
use crate::store::{Left, Listing, Object, Reason, StoreRoot};
use futures::{StreamExt, TryStreamExt, stream};

/// Files without an extension that are looked at unasked.
const UNASKED: usize = 32;
/// Looks at the same time.
const IN_FLIGHT: usize = 32;

impl Listing {
    /// Looks into files whose names do not say what they are: into all that are left out for their names where that is
    /// asked for, else into the first without an extension. Those that are data become the dataset's where it was asked
    /// for, or where there is nothing else. Gives back bytes and requests.
    ///
    /// # Errors
    /// [`DatasetError`] when the store fails.
    pub(crate) async fn look(
        &mut self,
        place: &StoreRoot,
        all_files: bool,
    ) -> Result<(u64, u64), DatasetError> {
        let is_asked = |left: &Left| {
            let name = left.object.location.filename().unwrap_or_default();
            left.reason == Reason::Name
                && left.object.size >= contents::LEAST
                && (all_files || !name.contains('.'))
        };
        let left = self.left_out.objects().iter().enumerate();
        let asked: Vec<usize> = left.filter(|(_, l)| is_asked(l)).map(|(i, _)| i).collect();
        let first = if all_files { asked.len() } else { UNASKED };
        let (first, others) = asked.split_at(first.min(asked.len()));
        let mut cost = (0, 0);
        let mut is_any = self.look_at(place, first, &mut cost).await?;
        if all_files || self.objects.is_empty() {
            // If some are, the others' footers are to be read anyway.
            if is_any {
                is_any |= self.look_at(place, others, &mut cost).await?;
            }
            if is_any {
                self.objects.extend(self.left_out.take_data());
                self.objects.sort_by(|a, b| a.location.cmp(&b.location));
            }
        }
        Ok(cost)
    }

    /// Whether any of these is data.
    async fn look_at(
        &mut self,
        place: &StoreRoot,
        which: &[usize],
        cost: &mut (u64, u64),
    ) -> Result<bool, DatasetError> {
        let left = self.left_out.objects();
        let looks = which.iter().map(|i| (*i, left[*i].object.clone()));
        let looks: Vec<_> = looks.map(|(i, object)| look(place, i, object)).collect();
        let mut looks = stream::iter(looks).buffer_unordered(IN_FLIGHT);
        let mut is_any = false;
        while let Some((i, is_data, bytes, requests)) = looks.try_next().await? {
            self.left_out.objects_mut()[i].is_data = Some(is_data);
            is_any |= is_data;
            *cost = (cost.0 + bytes, cost.1 + requests);
        }
        Ok(is_any)
    }
}

async fn look(
    place: &StoreRoot,
    which: usize,
    object: Object,
) -> Result<(usize, bool, u64, u64), DatasetError> {
    let end = object.size.saturating_sub(contents::MAGIC)..object.size;
    match place.read(&object, end).await {
        Ok((tail, requests)) => Ok((which, contents::is_data(&tail), tail.len() as u64, requests)),
        Err(error @ DatasetError::Unreachable { .. }) => Err(error),
        // What nobody may read, or is gone already, is no data of this dataset.
        Err(_) => Ok((which, false, 0, 1)),
    }
}
