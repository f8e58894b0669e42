import { Route, Routes } from 'react-router';
import { Shell } from './layout/shell';
import { LiveProvider } from './live/live';
import { pages } from './pages/pages';
import { NotFound } from './pages/not-found';
import { SignIn } from './session/sign-in';
import { useSession } from './session/session';

export function App() {
  const { session } = useSession();
  if (session === null) return <SignIn />;
  const { role } = session.claims;
  return (
    <LiveProvider>
      <Routes>
        <Route element={<Shell />}>
          {pages
            .filter(({ roles }) => roles.includes(role))
            .map(({ path, component: Component }) => (
              <Route key={path} path={path === '/' ? '/' : `${path}/*`} element={<Component />} />
            ))}
          <Route path="*" element={<NotFound />} />
        </Route>
      </Routes>
    </LiveProvider>
  );
}
