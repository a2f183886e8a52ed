-- A thumbnail that cannot be had is asked for again after a day, not every hour.

alter table raw.creatives add column thumbnail_tried_at timestamptz;
comment on column raw.creatives.thumbnail_tried_at is 'When its thumbnail''s link was last found to be dead or no usable picture; null when that was never so, or the creative has shown another picture since.';
