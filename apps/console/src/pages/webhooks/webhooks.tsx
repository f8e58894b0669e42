import { Route, Routes } from 'react-router';
import { EventPage } from './event-page';
import { WebhooksPage } from './webhooks-page';

/** What providers tell us, and what became of it. */
export default function Webhooks() {
  return (
    <Routes>
      <Route path="/" element={<WebhooksPage />} />
      <Route path="events" element={<WebhooksPage />} />
      <Route path=":id" element={<EventPage />} />
    </Routes>
  );
}
