-- Predictions held against what happened: every version of every comparison, what they say about models, drift. And the
-- alert and the event that come of it.

create table ops.prediction_comparisons (
    prediction_id text not null,
    comparison_version integer not null,
    prediction_version integer not null,
    change text not null check (change in ('first', 'ripened', 'restated', 'predicted_anew')),
    platform text not null,
    level text not null check (level in ('ad', 'creative', 'video', 'campaign')),
    object_id text not null,
    account_id text,
    currency text,
    model_name text not null,
    model_version text not null,
    predicted_at timestamptz not null,
    window_start date not null,
    window_end date not null,
    baseline_start date not null,
    predicted_ctr numeric,
    predicted_ctr_lower numeric,
    predicted_ctr_upper numeric,
    predicted_roas numeric,
    predicted_roas_lower numeric,
    predicted_roas_upper numeric,
    predicted_conversions numeric,
    predicted_conversions_lower numeric,
    predicted_conversions_upper numeric,
    predicted_spend numeric,
    predicted_spend_lower numeric,
    predicted_spend_upper numeric,
    interval_level double precision,
    is_ex_ante boolean,
    is_matched boolean not null,
    is_window_over boolean not null,
    is_settled boolean not null,
    is_final boolean not null,
    status text not null check (status in ('pending', 'provisional', 'final', 'no_delivery', 'unmatched')),
    reason text,
    impressions bigint,
    clicks bigint,
    spend numeric,
    conversions numeric,
    revenue numeric,
    conversions_nowcast numeric,
    revenue_nowcast numeric,
    actual_ctr double precision,
    ctr_error double precision,
    ctr_percentage_error double precision,
    ctr_accuracy double precision,
    ctr_interval_hit boolean,
    ctr_verdict text,
    ctr_events double precision,
    ctr_ceiling double precision,
    ctr_baseline double precision,
    actual_roas double precision,
    roas_error double precision,
    roas_percentage_error double precision,
    roas_accuracy double precision,
    roas_interval_hit boolean,
    roas_verdict text,
    roas_events double precision,
    roas_ceiling double precision,
    roas_baseline double precision,
    actual_conversions double precision,
    conversions_error double precision,
    conversions_percentage_error double precision,
    conversions_accuracy double precision,
    conversions_interval_hit boolean,
    conversions_verdict text,
    conversions_events double precision,
    conversions_ceiling double precision,
    conversions_baseline double precision,
    actual_spend double precision,
    spend_error double precision,
    spend_percentage_error double precision,
    spend_accuracy double precision,
    spend_interval_hit boolean,
    spend_verdict text,
    spend_events double precision,
    spend_ceiling double precision,
    spend_baseline double precision,
    accuracy_score double precision,
    compared_at timestamptz not null,
    look_again_at timestamptz,
    superseded_at timestamptz,
    primary key (prediction_id, comparison_version)
);
comment on table ops.prediction_comparisons is
    'What became of each prediction. Grain: prediction, comparison version; the one without superseded_at counts, the older ones stay.';
comment on column ops.prediction_comparisons.prediction_id is 'Id of the prediction in raw.predictions.';
comment on column ops.prediction_comparisons.comparison_version is 'Counts the comparison''s results from 1: a result that differs is a new version, the old one stays. Results that are still provisional are replaced within a day.';
comment on column ops.prediction_comparisons.prediction_version is 'Version of the prediction that was compared: the newest one at that time.';
comment on column ops.prediction_comparisons.change is 'Why this version came about: first, ripened (days passed), restated (a final result became another), predicted_anew (the prediction was corrected, or its model renamed).';
comment on column ops.prediction_comparisons.platform is 'Ad platform of the object.';
comment on column ops.prediction_comparisons.level is 'Kind of object: ad, creative, video or campaign.';
comment on column ops.prediction_comparisons.object_id is 'Id of the object at its level.';
comment on column ops.prediction_comparisons.account_id is 'Ad account of the object (without act_); null while the object is unknown, and for a video that several accounts show.';
comment on column ops.prediction_comparisons.currency is 'Currency of spend and revenue (ISO 4217); null when the object was paid for in several.';
comment on column ops.prediction_comparisons.model_name is 'Name of the model.';
comment on column ops.prediction_comparisons.model_version is 'Version of the model.';
comment on column ops.prediction_comparisons.predicted_at is 'When the prediction was made.';
comment on column ops.prediction_comparisons.window_start is 'First day predicted, in the time zone of the ad account.';
comment on column ops.prediction_comparisons.window_end is 'Last day predicted, included, in the time zone of the ad account.';
comment on column ops.prediction_comparisons.baseline_start is 'First of the seven days before the window, or before the day of the prediction if that was earlier: what ''the same as the last 7 days'' stands on.';
comment on column ops.prediction_comparisons.predicted_ctr is 'Predicted ctr (percent points); null: not predicted.';
comment on column ops.prediction_comparisons.predicted_ctr_lower is 'Lower bound of predicted_ctr.';
comment on column ops.prediction_comparisons.predicted_ctr_upper is 'Upper bound of predicted_ctr.';
comment on column ops.prediction_comparisons.predicted_roas is 'Predicted ROAS (plain ratio); null: not predicted.';
comment on column ops.prediction_comparisons.predicted_roas_lower is 'Lower bound of predicted_roas.';
comment on column ops.prediction_comparisons.predicted_roas_upper is 'Upper bound of predicted_roas.';
comment on column ops.prediction_comparisons.predicted_conversions is 'Predicted conversions; null: not predicted.';
comment on column ops.prediction_comparisons.predicted_conversions_lower is 'Lower bound of predicted_conversions.';
comment on column ops.prediction_comparisons.predicted_conversions_upper is 'Upper bound of predicted_conversions.';
comment on column ops.prediction_comparisons.predicted_spend is 'Predicted spend (major units of currency); null: not predicted.';
comment on column ops.prediction_comparisons.predicted_spend_lower is 'Lower bound of predicted_spend.';
comment on column ops.prediction_comparisons.predicted_spend_upper is 'Upper bound of predicted_spend.';
comment on column ops.prediction_comparisons.interval_level is 'Share of actuals that the bounds promise to hold; 0.8 where the prediction does not say.';
comment on column ops.prediction_comparisons.is_ex_ante is 'Whether the prediction was made before its window began or on its first day; others may have seen what they foretell.';
comment on column ops.prediction_comparisons.is_matched is 'Whether the object is known.';
comment on column ops.prediction_comparisons.is_window_over is 'Whether the last day of the window had ended in the account''s time zone; before, rates are compared and totals are not.';
comment on column ops.prediction_comparisons.is_settled is 'Whether the conversions of the window are in: it is final, or over for a week.';
comment on column ops.prediction_comparisons.is_final is 'Whether every day of the window was read after the platform stopped restating it.';
comment on column ops.prediction_comparisons.status is 'pending (not old enough), provisional (days may still be restated; conversions are nowcast), final, no_delivery (the object was not shown in the window), unmatched (no such object).';
comment on column ops.prediction_comparisons.reason is 'Why nothing was compared, where the status does not say it: too_old (handed in after the longest age at which predictions are compared), no_delivery_yet (nothing was shown so far, the window goes on).';
comment on column ops.prediction_comparisons.impressions is 'Impressions of the object in the window so far.';
comment on column ops.prediction_comparisons.clicks is 'Clicks of all kinds in the window so far.';
comment on column ops.prediction_comparisons.spend is 'Money spent in the window so far, in currency; null when it is in several.';
comment on column ops.prediction_comparisons.conversions is 'Conversions in the window as known so far.';
comment on column ops.prediction_comparisons.revenue is 'Their value, in currency; null when it is in several.';
comment on column ops.prediction_comparisons.conversions_nowcast is 'Conversions to be expected once all have arrived; equal to conversions when final. While that is unknown: null until a week after the window, then conversions.';
comment on column ops.prediction_comparisons.revenue_nowcast is 'Revenue to be expected once all has arrived; equal to revenue when final. While that is unknown: null until a week after the window, then revenue.';
comment on column ops.prediction_comparisons.actual_ctr is 'Actual ctr (percent points) over the window; conversions and revenue as nowcast until they are final.';
comment on column ops.prediction_comparisons.ctr_error is 'predicted_ctr - actual_ctr: above 0 was too much; null where there is no actual.';
comment on column ops.prediction_comparisons.ctr_percentage_error is '100 x (predicted - actual) / predicted, percent: -10 for predicted 2.5 and actual 2.75. Null when not scored.';
comment on column ops.prediction_comparisons.ctr_accuracy is '100 - |percentage error|, from 0 to 100; null when not scored.';
comment on column ops.prediction_comparisons.ctr_interval_hit is 'Whether the actual lies within the bounds; null without bounds or actual.';
comment on column ops.prediction_comparisons.ctr_verdict is 'scored, or why not: not_predicted, invalid_prediction, pending, unmatched, no_delivery, window_running, no_actual, several_currencies, too_few_events, zero_prediction.';
comment on column ops.prediction_comparisons.ctr_events is 'How many events ctr was measured by; few of them are mostly chance.';
comment on column ops.prediction_comparisons.ctr_ceiling is 'The accuracy (0 to 100) a perfect model could be expected to have on this volume.';
comment on column ops.prediction_comparisons.ctr_baseline is 'ctr as ''the same as the last 7 days'' would have predicted it; null without delivery then.';
comment on column ops.prediction_comparisons.actual_roas is 'Actual ROAS (plain ratio) over the window; conversions and revenue as nowcast until they are final.';
comment on column ops.prediction_comparisons.roas_error is 'predicted_roas - actual_roas: above 0 was too much; null where there is no actual.';
comment on column ops.prediction_comparisons.roas_percentage_error is '100 x (predicted - actual) / predicted, percent: -10 for predicted 2.5 and actual 2.75. Null when not scored.';
comment on column ops.prediction_comparisons.roas_accuracy is '100 - |percentage error|, from 0 to 100; null when not scored.';
comment on column ops.prediction_comparisons.roas_interval_hit is 'Whether the actual lies within the bounds; null without bounds or actual.';
comment on column ops.prediction_comparisons.roas_verdict is 'scored, or why not: not_predicted, invalid_prediction, pending, unmatched, no_delivery, window_running, no_actual, several_currencies, too_few_events, zero_prediction.';
comment on column ops.prediction_comparisons.roas_events is 'How many events roas was measured by; few of them are mostly chance.';
comment on column ops.prediction_comparisons.roas_ceiling is 'The accuracy (0 to 100) a perfect model could be expected to have on this volume.';
comment on column ops.prediction_comparisons.roas_baseline is 'roas as ''the same as the last 7 days'' would have predicted it; null without delivery then.';
comment on column ops.prediction_comparisons.actual_conversions is 'Actual conversions over the window; conversions and revenue as nowcast until they are final.';
comment on column ops.prediction_comparisons.conversions_error is 'predicted_conversions - actual_conversions: above 0 was too much; null where there is no actual.';
comment on column ops.prediction_comparisons.conversions_percentage_error is '100 x (predicted - actual) / predicted, percent: -10 for predicted 2.5 and actual 2.75. Null when not scored.';
comment on column ops.prediction_comparisons.conversions_accuracy is '100 - |percentage error|, from 0 to 100; null when not scored.';
comment on column ops.prediction_comparisons.conversions_interval_hit is 'Whether the actual lies within the bounds; null without bounds or actual.';
comment on column ops.prediction_comparisons.conversions_verdict is 'scored, or why not: not_predicted, invalid_prediction, pending, unmatched, no_delivery, window_running, no_actual, several_currencies, too_few_events, zero_prediction.';
comment on column ops.prediction_comparisons.conversions_events is 'How many events conversions was measured by; few of them are mostly chance.';
comment on column ops.prediction_comparisons.conversions_ceiling is 'The accuracy (0 to 100) a perfect model could be expected to have on this volume.';
comment on column ops.prediction_comparisons.conversions_baseline is 'conversions as ''the same as the last 7 days'' would have predicted it; null without delivery then.';
comment on column ops.prediction_comparisons.actual_spend is 'Actual spend (major units of currency) over the window; conversions and revenue as nowcast until they are final.';
comment on column ops.prediction_comparisons.spend_error is 'predicted_spend - actual_spend: above 0 was too much; null where there is no actual.';
comment on column ops.prediction_comparisons.spend_percentage_error is '100 x (predicted - actual) / predicted, percent: -10 for predicted 2.5 and actual 2.75. Null when not scored.';
comment on column ops.prediction_comparisons.spend_accuracy is '100 - |percentage error|, from 0 to 100; null when not scored.';
comment on column ops.prediction_comparisons.spend_interval_hit is 'Whether the actual lies within the bounds; null without bounds or actual.';
comment on column ops.prediction_comparisons.spend_verdict is 'scored, or why not: not_predicted, invalid_prediction, pending, unmatched, no_delivery, window_running, no_actual, several_currencies, too_few_events, zero_prediction.';
comment on column ops.prediction_comparisons.spend_events is 'How many events spend was measured by; few of them are mostly chance.';
comment on column ops.prediction_comparisons.spend_ceiling is 'The accuracy (0 to 100) a perfect model could be expected to have on this volume.';
comment on column ops.prediction_comparisons.spend_baseline is 'spend as ''the same as the last 7 days'' would have predicted it; null without delivery then.';
comment on column ops.prediction_comparisons.accuracy_score is 'Mean accuracy over the metrics that were scored, 0 to 100; null without any.';
comment on column ops.prediction_comparisons.compared_at is 'When this result was computed, or a provisional one last changed.';
comment on column ops.prediction_comparisons.look_again_at is 'When the result may change by the passing of time alone; null when it is final. Days that change, and predictions, are looked at whenever they do.';
comment on column ops.prediction_comparisons.superseded_at is 'When a newer version replaced it; null: this is the newest.';

create unique index prediction_comparisons_newest_idx on ops.prediction_comparisons (prediction_id) where superseded_at is null;
-- What an hour looks for: what time has changed, what waits for its object, what stands on a day that changed.
create index prediction_comparisons_again_idx on ops.prediction_comparisons (look_again_at) where superseded_at is null;
create index prediction_comparisons_unmatched_idx on ops.prediction_comparisons (window_start)
    where superseded_at is null and status = 'unmatched';
create index prediction_comparisons_days_idx on ops.prediction_comparisons (account_id, window_end) where superseded_at is null;
create index prediction_comparisons_model_idx on ops.prediction_comparisons (model_name, model_version, window_end)
    where superseded_at is null;

create table ops.prediction_accuracy (
    platform text not null,
    model_name text not null,
    model_version text not null,
    metric text not null check (metric in ('ctr', 'roas', 'conversions', 'spend')),
    date_day date not null,
    window_days integer not null,
    predictions bigint not null,
    summed bigint not null,
    scored bigint not null,
    mae double precision,
    wape double precision,
    accuracy double precision,
    bias double precision,
    rmse double precision,
    rank_correlation double precision,
    interval_coverage double precision,
    interval_level double precision,
    skill double precision,
    noise_ceiling double precision,
    accuracy_of_ceiling double precision,
    is_provisional boolean not null,
    hindsight bigint not null,
    computed_at timestamptz not null,
    primary key (model_name, model_version, metric, date_day, window_days, platform)
);
comment on table ops.prediction_accuracy is
    'How good each model is. Grain: platform, model, version, metric, day, trailing days.';
comment on column ops.prediction_accuracy.platform is 'Ad platform.';
comment on column ops.prediction_accuracy.model_name is 'Name of the model.';
comment on column ops.prediction_accuracy.model_version is 'Version of the model.';
comment on column ops.prediction_accuracy.metric is 'What was predicted: ctr, roas, conversions or spend.';
comment on column ops.prediction_accuracy.date_day is 'Last of the days in which the predicted windows ended.';
comment on column ops.prediction_accuracy.window_days is 'How many days that are: 1, 7 or 30.';
comment on column ops.prediction_accuracy.predictions is 'Predictions of the metric whose windows ended in these days.';
comment on column ops.prediction_accuracy.summed is 'How many of them enter sums: compared, be their volume ever so small; settled ones only, if there are any.';
comment on column ops.prediction_accuracy.scored is 'How many of those have enough events to be judged alone.';
comment on column ops.prediction_accuracy.mae is 'Mean absolute error, in the metric''s own unit.';
comment on column ops.prediction_accuracy.wape is 'Sum of absolute errors divided by the sum of actuals, weighted by volume; 0.1 is 10 %.';
comment on column ops.prediction_accuracy.accuracy is '100 x (1 - wape), not below 0.';
comment on column ops.prediction_accuracy.bias is 'Sum of errors divided by the sum of actuals, signed: 0.1 means 10 % too much.';
comment on column ops.prediction_accuracy.rmse is 'Root of the mean squared error, in the metric''s own unit.';
comment on column ops.prediction_accuracy.rank_correlation is 'Spearman''s correlation of predicted and actual: 1 when the model puts all objects in the right order.';
comment on column ops.prediction_accuracy.interval_coverage is 'Share of actuals within the stated bounds.';
comment on column ops.prediction_accuracy.interval_level is 'Share that the bounds promised.';
comment on column ops.prediction_accuracy.skill is '1 - error / error of ''the same as the last 7 days''; below 0 is worse than doing nothing.';
comment on column ops.prediction_accuracy.noise_ceiling is 'The accuracy a perfect model could be expected to have on this volume, 0 to 100.';
comment on column ops.prediction_accuracy.accuracy_of_ceiling is 'accuracy in percent of noise_ceiling.';
comment on column ops.prediction_accuracy.is_provisional is 'Whether it is made of predictions whose conversions are not in yet (roas, conversions) or whose window goes on (ctr, spend), as there are no others.';
comment on column ops.prediction_accuracy.hindsight is 'How many of the summed were made after the first day of their window.';
comment on column ops.prediction_accuracy.computed_at is 'When the row last changed.';

create index prediction_accuracy_day_idx on ops.prediction_accuracy (date_day);

create table ops.model_drift (
    model_name text not null,
    model_version text not null,
    metric text not null check (metric in ('ctr', 'roas', 'conversions', 'spend')),
    date_day date not null,
    verdict text not null check (verdict in ('not_enough_data', 'stable', 'suspected', 'drift')),
    direction text check (direction in ('over', 'under', 'wider', 'narrower')),
    effect double precision,
    p_value double precision,
    onset_day date,
    bias_shift double precision,
    spread_ratio double precision,
    recent_forecasts bigint not null,
    reference_forecasts bigint not null,
    computed_at timestamptz not null,
    primary key (model_name, model_version, metric, date_day)
);
comment on table ops.model_drift is
    'Whether a model''s errors are still what they were. Grain: model, version, metric, day.';
comment on column ops.model_drift.model_name is 'Name of the model.';
comment on column ops.model_drift.model_version is 'Version of the model.';
comment on column ops.model_drift.metric is 'What is predicted: ctr, roas, conversions or spend.';
comment on column ops.model_drift.date_day is 'The day that was judged.';
comment on column ops.model_drift.verdict is 'not_enough_data, stable, suspected (found on this day only) or drift (found on two days running).';
comment on column ops.model_drift.direction is 'What changed about the errors: over (it predicts more than before), under, wider, narrower; null while nothing did.';
comment on column ops.model_drift.effect is 'How much: over and under, the shift of the bias in standard deviations of the errors before (+ is too much); wider and narrower, the ratio of spreads.';
comment on column ops.model_drift.p_value is 'How likely so great a difference would be by chance (Kolmogorov and Smirnov).';
comment on column ops.model_drift.onset_day is 'First day of the change, as far as known; null unless suspected or drift.';
comment on column ops.model_drift.bias_shift is 'Shift of the bias in standard deviations of the errors before; + is towards predicting too much.';
comment on column ops.model_drift.spread_ratio is 'Spread of the recent errors over that of the errors before.';
comment on column ops.model_drift.recent_forecasts is 'Scored predictions of the recent days.';
comment on column ops.model_drift.reference_forecasts is 'Scored predictions they are held against.';
comment on column ops.model_drift.computed_at is 'When the row last changed.';

create index model_drift_day_idx on ops.model_drift (date_day);

create table ops.model_ranking (
    platform text not null,
    model_name text not null,
    model_version text not null,
    metric text not null check (metric in ('ctr', 'roas', 'conversions', 'spend')),
    rank integer,
    verdict text not null check (verdict in ('champion', 'better', 'worse', 'undecided', 'not_enough_data')),
    champion_version text not null,
    is_champion boolean not null,
    pairs bigint not null,
    objects bigint not null,
    accuracy double precision,
    champion_accuracy double precision,
    difference double precision,
    difference_lower double precision,
    difference_upper double precision,
    confidence double precision,
    since_day date not null,
    until_day date not null,
    computed_at timestamptz not null,
    primary key (model_name, metric, model_version, platform)
);
comment on table ops.model_ranking is
    'Champion and challengers: versions of a model on the same objects and windows of the last 30 days. Grain: platform, model, version, metric.';
comment on column ops.model_ranking.platform is 'Ad platform.';
comment on column ops.model_ranking.model_name is 'Name of the model.';
comment on column ops.model_ranking.model_version is 'Version of the model.';
comment on column ops.model_ranking.metric is 'What is predicted: ctr, roas, conversions or spend.';
comment on column ops.model_ranking.rank is '1 is the best, by difference; null for a version without predictions in common with the champion.';
comment on column ops.model_ranking.verdict is 'champion, better, worse, undecided (the interval of the difference holds 0) or not_enough_data.';
comment on column ops.model_ranking.champion_version is 'Version the others are held against: the one that predicted first.';
comment on column ops.model_ranking.is_champion is 'Whether this is the champion.';
comment on column ops.model_ranking.pairs is 'Predictions of the same objects and windows that both made; the champion''s own number for itself.';
comment on column ops.model_ranking.objects is 'Objects among them.';
comment on column ops.model_ranking.accuracy is 'Accuracy on these, 0 to 100: 100 x (1 - WAPE).';
comment on column ops.model_ranking.champion_accuracy is 'The champion''s accuracy on these.';
comment on column ops.model_ranking.difference is 'How much better than the champion, in points of accuracy; + is better.';
comment on column ops.model_ranking.difference_lower is 'Lower bound of the difference.';
comment on column ops.model_ranking.difference_upper is 'Upper bound of the difference.';
comment on column ops.model_ranking.confidence is 'How certain the bounds are: 0.95.';
comment on column ops.model_ranking.since_day is 'First day on which the windows compared may have ended.';
comment on column ops.model_ranking.until_day is 'Last such day.';
comment on column ops.model_ranking.computed_at is 'When the row last changed.';

-- Alerts about models, and events in a stream per model.
alter table ops.alerts add column model_name text;
comment on column ops.alerts.model_name is 'The model an alert of level model is about; its version is in object_name. Null for all others.';
alter table ops.alerts drop constraint alerts_level_check;
alter table ops.alerts add constraint alerts_level_check
    check (level in ('ad', 'adset', 'campaign', 'account', 'model', 'pipeline'));
comment on column ops.alerts.level is
    'Kind of object: ad, adset, campaign, account; model for a model that predicts; pipeline for a part of adtrack itself.';
comment on column ops.alerts.source is 'Who looks for it: detection, policies, health, accuracy. Only the same source resolves it.';

alter table ops.event_outbox drop constraint event_outbox_event_type_check;
alter table ops.event_outbox add constraint event_outbox_event_type_check check (event_type in (
    'campaign.metrics_updated', 'campaign.performance_alert', 'campaign.budget_exceeded',
    'campaign.performance_threshold', 'pipeline.alert', 'model.retrain_recommended', 'account.daily_report'
));
comment on column ops.event_outbox.event_type is
    'campaign.metrics_updated, .performance_alert, .budget_exceeded, .performance_threshold, account.daily_report, model.retrain_recommended or pipeline.alert.';
comment on column ops.event_outbox.stream_key is
    'platform:account:campaign, - for what is absent; model:name for a model that predicts; pipeline for adtrack itself.';
comment on column ops.event_sequences.stream_key is
    'platform:account:campaign, - for what is absent; model:name for a model that predicts; pipeline for adtrack itself.';

-- As before; besides, an event that names a model goes into that model's stream.
create or replace function ops.append_events(events jsonb) returns bigint
language plpgsql as $$
declare
    appended bigint;
begin
    with given as (
        select
            event.*,
            case
                when event.event_type like 'pipeline.%' then 'pipeline'
                when event.model_name <> '' then 'model:' || event.model_name
                else concat_ws(
                    ':', coalesce(event.platform, '-'), coalesce(event.account_id, '-'), coalesce(event.campaign_id, '-')
                )
            end as stream_key,
            element.place
        from jsonb_array_elements(events) with ordinality as element (event, place)
        cross join lateral jsonb_to_record(element.event) as event (
            event_type text, platform text, account_id text, campaign_id text, alert_id bigint, alert_type text,
            severity text, change text, data jsonb, occurred_at timestamptz, model_name text
        )
    ),
    numbered as (
        insert into ops.event_sequences as sequences (stream_key, n)
        select stream_key, count(*) from given group by stream_key order by stream_key
        on conflict (stream_key) do update set n = sequences.n + excluded.n
        returning stream_key, n
    )
    insert into ops.event_outbox (
        stream_key, seq, event_type, subject, platform, account_id, campaign_id,
        alert_id, alert_type, severity, change, data, occurred_at
    )
    select
        stream_key,
        n - count(*) over (partition by stream_key) + row_number() over (partition by stream_key order by place),
        event_type,
        case
            when stream_key = 'pipeline' then ops.event_subject('pipeline', null, null, event_type)
            when model_name <> '' then ops.event_subject('model', model_name, null, event_type)
            else ops.event_subject(platform, account_id, campaign_id, event_type)
        end,
        platform, account_id, campaign_id, alert_id, alert_type, severity, change, data, occurred_at
    from given inner join numbered using (stream_key)
    order by place;
    get diagnostics appended = row_count;
    if appended > 0 then
        perform pg_notify('adtrack_events', appended::text);
    end if;
    return appended;
end
$$;
comment on function ops.append_events is
    'Writes events (a list of objects with the columns of ops.event_outbox, and model_name for what is about a model) in the caller''s transaction, numbered without gaps, and wakes who delivers them. Returns how many.';
